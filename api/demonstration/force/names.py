"""Names of fictional people: common forenames and, mostly, invented surnames.

A group has forenames and surnames that go together. Which group a person is in changes nothing else.
"""

from dataclasses import dataclass

STARTS = (
    *("Ack", "Ald", "Barr", "Birk", "Blen", "Brad", "Brind", "Cald", "Carr", "Dart", "Dray", "Elm", "Fair"),
    *("Fenn", "Garn", "Grims", "Hadd", "Hazel", "Kemb", "Lang", "Mers", "Norr", "Old", "Penn", "Quarr"),
    *("Rav", "Skel", "Thorn", "Under", "Wend"),
)
ENDS = (
    *("acott", "bourne", "by", "combe", "don", "field", "gill", "ham", "ingley", "low", "more", "rick"),
    *("shaw", "thwaite", "wick", "worth"),
)


@dataclass(frozen=True)
class NameGroup:
    share: float
    male: tuple[str, ...]  # the commonest first, as are the others
    female: tuple[str, ...]
    surnames: tuple[str, ...]


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.split())


GROUPS = (
    NameGroup(
        0.7,
        _names(
            "James Daniel Jack Thomas Ryan Liam Connor Lee Jordan Kyle Ashley Luke Adam Callum Nathan Josh "
            "Christopher Matthew Michael Robert Stephen Paul Mark Andrew David Darren Craig Scott Gary Wayne "
            "Dean Carl Kevin Simon Richard Anthony Peter Alan Brian Derek Reece Kieran Bradley Tyler Mason "
            "Harvey Alfie Toby Owen Rhys"
        ),
        _names(
            "Emma Sarah Chloe Jessica Lauren Amy Stacey Kelly Gemma Natalie Hannah Rebecca Charlotte Katie "
            "Danielle Kirsty Leanne Donna Tracey Michelle Nicola Lisa Joanne Karen Susan Julie Mary-Jane "
            "Ellie Megan Paige Shannon Jade Courtney Abigail Holly Zoe Claire Helen Louise Victoria"
        ),
        tuple(start + end for end in ENDS for start in STARTS),
    ),
    NameGroup(
        0.12,
        _names(
            "Imran Bilal Usman Hassan Adeel Kamran Arjun Ravi Sunil Vikram Tariq Faisal Nadeem Harpreet Amit"
        ),
        _names(
            "Aisha Fatima Sana Priya Anjali Nadia Zara Simran Meera Sunita Rukhsana Kiran Neha Amina Divya"
        ),
        _names(
            "Rahmandar Qureshavi Chaudrin Malikzad Hussanar Sidhanwal Dhillavi Patelvar Bhattarun Kapooran "
            "Mirzahal Ansarwal Gillanpur Raniwala Sharmadev Ranjhavi Khalidan Javedar Nazimoor Vermathal"
        ),
    ),
    NameGroup(
        0.07,
        _names(
            "Tomasz Piotr Łukasz Marek Andrei Mihai Bogdan Arben Dritan Jonas Darius Miloš Ivan Pavel Radu"
        ),
        _names(
            "Agnieszka Magda Zuzanna Ioana Elena Mirela Ana Katarína Jana Rasa Daiva Ivana Olga Vesna Drita"
        ),
        _names(
            "Kowalczar Wiśnorek Zielanow Dąbrosz Ionascul Popandru Munteran Hoxhallu Gashkoli Petrauskin "
            "Novakovar Horváček Sokolniak Brankovar Marinoiu Lewandrow Krasnevic Balaszar Dumitran Vukorin"
        ),
    ),
    NameGroup(
        0.07,
        _names(
            "Jermaine Marlon Leroy Kwame Kofi Emeka Tunde Chidi Dwayne Tyrone Andre Devonte Femi Abdi Malachi"
        ),
        _names(
            "Shanice Keisha Ebony Abena Ngozi Chioma Yewande Latoya Adaeze Monique Tamara Folake Hodan Esi"
        ),
        _names(
            "Okorafun Adeyinwa Mensarko Boatanu Nwachuka Olumiden Campbray Gordell Brathwell Bailesford "
            "Osabuto Diallan Kamaraye Warsamel Tekleman Grantley-Osei Palmerston-Adu Achempah Balogan Eziokwe"
        ),
    ),
    NameGroup(
        0.04,
        _names("Sean Padraig Ciaran Declan Brendan Eoin Cormac Fergal Niall Donal"),
        _names("Siobhan Aoife Niamh Bridget Orla Roisin Sinead Maeve Deirdre Grainne"),
        _names(
            "O'Farran O'Dellin McTarragh McGrannel O'Shaunigh Kilbrannan McAndle O'Mellory Garrahan Tiernach"
        ),
    ),
)

# A short form by which another system may know someone.
SHORT_FORMS = {
    "Christopher": "Chris",
    "Matthew": "Matt",
    "Michael": "Mick",
    "Robert": "Rob",
    "Stephen": "Steve",
    "Andrew": "Andy",
    "David": "Dave",
    "Richard": "Rick",
    "Anthony": "Tony",
    "Daniel": "Danny",
    "James": "Jamie",
    "Thomas": "Tom",
    "Rebecca": "Becky",
    "Jessica": "Jess",
    "Charlotte": "Charlie",
    "Victoria": "Vicky",
    "Abigail": "Abbie",
    "Katarína": "Kata",
    "Agnieszka": "Aga",
    "Jermaine": "Jay",
}

OFFICER_NAMES = (
    *("Rowan Tarrock", "Alex Pendlow", "Sam Orrick", "Jo Fallowby", "Chris Amblett", "Dee Kestering"),
    *("Pat Lindwell", "Robin Sarkvale", "Kim Ottersall", "Ash Merrowby", "Lou Brannick", "Max Hollinder"),
    *("Nia Trewell", "Ravi Dunmarch", "Ewa Strandow", "Kofi Barlisk"),
)
