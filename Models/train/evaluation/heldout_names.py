"""Names that only the evaluation uses; a test compares them with the generator's lists."""

from __future__ import annotations

from generator.names import NameLists

HELD_OUT_NAMES = NameLists(
    female=tuple("""
        Beatrice Camilla Dorothy Eleanor Frieda Gwen Harriet Ingrid Josephine Kirsten Leonora Mathilda Noemi Ottilie
        Philippa Rosalind Sybil Theresa Winifred Yvonne Zelda Adele Brigitte Chiara Delphine Esther
    """.split()),
    male=tuple("""
        Alistair Benedict Cedric Dominic Eugene Fergus Gilbert Humphrey Isidor Jasper Konrad Leopold Maurice
        Orlando
        Percival Roland Sebastian Tobias Ulrich Vincent Wilfred Xavier Yannick Zoltan
    """.split()),
    last=tuple("""
        Abernathy Blackwood Crawford Dunmore Eastwick Fairbanks Goldberg Hawthorne Iverson Kingsley Lancaster
        Montgomery
        Norwood Oakley Pemberton Rutherford Sinclair Underwood Vandermeer Whitaker Yates Zimmermann
        Castellano Duarte Eriksson Fontaine Grimaldi Hernandez Jovanovic Kaminski Lindqvist Moreau
    """.split()),
    places=tuple("""
        Amsterdam Brussels Copenhagen Helsinki Budapest Belgrade Zagreb Bucharest Marseille Bordeaux
        Florence
        Verona Granada Bilbao Coimbra Aberdeen Belfast Swansea Plymouth Rotterdam Leipzig Dresden Stuttgart
        Atlanta
        Memphis Portland Ottawa Calgary Brisbane Wellington Bangkok Manila Jakarta Karachi Accra Dakar Caracas
        Montevideo
    """.split()),
    company_stems=tuple("""
        Mercury Neptune Saturn Everest Cascade Monarch Sterling Evergreen Lighthouse Keystone Redwood Bluewater
        Ironbridge
        Sunrise Meridian Cobra Panther Dolphin Obsidian Marble
    """.split()),
    company_endings=tuple("Corporation Enterprises Group Limited Holdings Partners Services Works Inc".split()),
    product_stems=tuple("Falconet Glacier Harvest Nimbus Radiant Solace Vortex Wanderer Juniper Kestrel".split()),
    is_held_out=True,
)
