"""Currencies that the shop sells for, and how many digits of an amount stand behind the point (ISO 4217)."""

from __future__ import annotations

from shared.domain.money.ledger import Currency
from shared.errors import InvalidInput

_BY_SCALE = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF",
    2: "AED ALL AMD ARS AUD AZN BAM BDT BGN BOB BRL BWP BYN CAD CHF CNY COP CRC CZK DKK DOP DZD EGP ETB EUR GBP GEL GHS"
    " GTQ HKD HNL HUF IDR ILS INR IRR JMD KES KGS KZT LBP LKR MAD MDL MKD MNT MUR MXN MYR NAD NGN NOK NPR NZD PEN PHP"
    " PKR PLN QAR RON RSD RUB SAR SEK SGD THB TRY TTD TWD TZS UAH USD UYU UZS ZAR",
    3: "BHD IQD JOD KWD LYD OMR TND",
}
CURRENCIES = {code: Currency(code=code, scale=scale) for scale, codes in _BY_SCALE.items() for code in codes.split()}
"""Every currency by its code."""


def currency(code: str) -> Currency:
    """Return the currency of a code; `InvalidInput` when the shop does not sell for it."""
    try:
        return CURRENCIES[code]
    except KeyError:
        rule = "must be the ISO 4217 code of a currency that is paid with, such as EUR"
        raise InvalidInput(f"currency {rule}", errors={"currency": rule}) from None
