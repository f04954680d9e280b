"""Invented names: places, clubs and people put together from made-up stems, so that nobody real is meant."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from random import Random


def slugify(name: str) -> str:
    """Write a name as the address part the site would use: ascii, lower case, hyphens."""
    plain = name.replace("ı", "i").replace("ß", "ss").replace("ø", "o").replace("ł", "l")
    folded = unicodedata.normalize("NFKD", plain).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", folded.lower()).strip("-")


@dataclass(frozen=True, slots=True)
class Tongue:
    """Sounds of one country's invented names."""

    place_heads: str
    place_tails: str
    clubs: str
    """Patterns separated by `|`; `{}` is the place."""
    first: str
    family_heads: str
    family_tails: str
    ground: str

    def places(self, rng: Random) -> list[str]:
        """Return every place of this tongue in a seeded order."""
        names = [head + tail for head in self.place_heads.split() for tail in self.place_tails.split()]
        rng.shuffle(names)
        return names

    def person(self, rng: Random) -> tuple[str, str]:
        """Invent a first and a family name."""
        first, heads, tails = self.first.split(), self.family_heads.split(), self.family_tails.split()
        return rng.choice(first), rng.choice(heads) + rng.choice(tails)


TONGUES = {
    "England": Tongue(
        "Thorn Bracken Ember Hollow Mistle Quarry Raven Sable Tarn Umber Whistle Yarrow Copper Drift",
        "mere stead wyke holt marsh fold combe gill",
        "{} United|{} Rovers|{} Athletic|{} Town|AFC {}|{} Wanderers",
        "Alfie Ben Callum Dylan Ewan Finn George Harry Isaac Jude Kit Leo Mason Noel Owen Reece Sam Toby",
        "Ash Brack Cor Dun El Fen Gar Hol Kes Lang Mer Pel",
        "wick ling mere stow croft gatt holm ford by den",
        "{} Park",
    ),
    "Spain": Tongue(
        "Valde Rio Monte Costa Torre Fuente Villa Campo Puerto Roca Sierra Agua",
        "lirio marmo zarza nubla seca brisa nara quejo",
        "{} CF|Deportivo {}|UD {}|Atlético {}|CD {}",
        "Álvaro Bruno César Diego Enzo Fabián Gael Hugo Íker Javi Lucas Mateo Nico Óscar Pablo Raúl Saúl",
        "Al Bel Car Dor Es Fal Gar Her Lo Mon Nav Or",
        "vedo rrales mbrano cuesta ñares duero zúa bides quete lindo",
        "Estadio {}",
    ),
    "Germany": Tongue(
        "Eich Brunn Falken Grün Hirsch Kalten Linden Moor Nessel Ober Quell Stein",
        "thalen weiler rode furtheim stettin grundau wiesel kampe",
        "SV {}|1. FC {}|TSV {}|{} 07|VfL {}",
        "Anton Bastian Clemens Dominik Emil Felix Gregor Hannes Jonas Konrad Lennart Moritz Niklas Oskar Paul",
        "Bär Dorn Eber Fink Gold Hart Kess Lang Mohr Ritt Storm Wald",
        "acher bühl eder hofer inger lein mann ske stedt wart",
        "{} Arena",
    ),
    "Italy": Tongue(
        "Monte Bella Castel Fiume Gran Lago Porto Rocca Santo Torre Val Ponte",
        "vespro ligno mirto sorbo nevaro cedrino turchio falco",
        "{} Calcio|AC {}|US {}|{} 1911|SS {}",
        "Andrea Bruno Carlo Dario Elia Fabio Giulio Ivano Luca Marco Nino Orazio Pietro Renzo Silvio Tullio",
        "Bal Cav Dell Fer Gal Lom Mar Nic Pall Ros Sal Tor",
        "anti acchi andro etti ignano ombra orelli ucci averi iero",
        "Stadio {}",
    ),
    "France": Tongue(
        "Mont Bois Clair Fontaine Haute Lac Pierre Roche Val Ville Aigue Beau",
        "lierre mirande sarthe noisel vaubert gris thuy cendre",
        "FC {}|AS {}|Stade {}|{} Olympique|US {}",
        "Adrien Bastien Cédric Damien Étienne Florian Gaël Hugo Ilan Jules Loïc Maël Noé Rémi Théo Yann",
        "Beau Char Del Four Gar Lam Mar Per Rous Sau Tal Vau",
        "bert celet din geron lier marre noy quet seau villon",
        "Stade de {}",
    ),
    "Netherlands": Tongue(
        "Wester Ooster Noorder Zuider Molen Duin Veen Polder Beek Linde Kraai Gras",
        "hoekse waarde burgse rijt mondes loopen kerke wierde",
        "FC {}|{} SV|VV {}|SC {}|{} Boys",
        "Bas Cas Daan Ezra Floris Gijs Hidde Jelle Koen Lars Mees Noud Pim Ruben Sem Thijs",
        "Bos Dek Haar Kamp Linde Meer Oost Rijn Sluis Veld Wal Zand",
        "broek dijkstra horst ker man ma sema stra veld winkel",
        "{}stadion",
    ),
    "Portugal": Tongue(
        "Vila Monte Ribeira Serra Porto Alto Costa Fonte Lagoa Penha Vale Rio",
        "lavra moura rosmão nogal cedra pinhal aveia trigo",
        "{} SC|CD {}|GD {}|União {}|Sporting de {}",
        "Afonso Bernardo Caio Duarte Edu Filipe Gil Henrique Ivo João Lucas Miguel Nuno Rafa Tiago Vasco",
        "Al Bar Cal Dor Fal Gou Lou Mag Nor Pal Sal Tav",
        "veiro bosa dinho fães galho lheta meida reira sinho zende",
        "Estádio de {}",
    ),
    "Turkey": Tongue(
        "Ak Kara Yeşil Gök Kızıl Demir Taş Altın Boz Güney Kuzey Çam",
        "dereli yaylası tepeköy ovacık pınarlı gölbaşı kayalar burnu",
        "{}spor|{} SK|{} Gücü|{} İdman|{} FK",
        "Ali Barış Can Deniz Emre Furkan Gökhan Halil İlker Kaan Levent Mert Onur Polat Serkan Umut",
        "Ak Bay Cer Dur Er Gül Kara Oğuz Öz Sel Tok Yal",
        "çınar dağlı eroğlu han kılıç man soylu taş türk vural",
        "{} Stadı",
    ),
    "Russia": Tongue(
        "Novo Staro Belo Cherno Krasno Zeleno Verkhne Nizhne Sredne Ozero Bereg Luga",
        "mirsk tulinsk kedrovo sosnino zvonsk yarinsk polevsk dubrava",
        "Zarya {}|{} Metallist|Torpedist {}|{} FK|Progress {}",
        "Artyom Boris Denis Egor Fyodor Gleb Ilya Kirill Lev Maksim Nikita Oleg Pavel Roman Timur Yuri",
        "Bel Dol Gor Kar Lub Mir Ozer Pol Sav Tikh Vor Zim",
        "anov enko ichev insky kovoy nikov ov ovskoy tsev yagin",
        "{} Stadium",
    ),
}
TONGUES["Belgium"] = TONGUES["Netherlands"]
TONGUES["Scotland"] = TONGUES["England"]
