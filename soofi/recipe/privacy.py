"""The recipe's words for personal data."""

from typing import Literal, get_args

from soofi.recipe.fields import Section, field

PersonalDataType = Literal[
    "email", "phone", "ip_address", "iban", "payment_card", "person_number", "tax_number"
]
PERSONAL_DATA_TYPES: tuple[PersonalDataType, ...] = get_args(PersonalDataType)


class PersonalData(Section):
    """What is done with one type of personal data."""

    action: Literal["replace", "count", "ignore"] = field(
        "replace",
        "replace: the name of the type takes its place; count: it is counted and stays; ignore: it is not looked for.",
    )
    maximum_per_1000_characters: float | None = field(
        None,
        "A document with more of this type for 1,000 characters of its text is dropped; null: none is.",
        ge=0,
    )


class Privacy(Section):
    """Personal data in texts, by type."""

    enabled: bool = field(True, "Whether personal data is looked for.")
    email: PersonalData = field(PersonalData(), "E-mail addresses.")
    phone: PersonalData = field(PersonalData(), "Telephone numbers of subscribers.")
    ip_address: PersonalData = field(PersonalData(), "IP addresses that the internet routes.")
    iban: PersonalData = field(PersonalData(), "International bank account numbers.")
    payment_card: PersonalData = field(PersonalData(), "Numbers of credit and debit cards.")
    person_number: PersonalData = field(
        PersonalData(), "Numbers that states give to a person: identity, social insurance."
    )
    tax_number: PersonalData = field(PersonalData(), "VAT numbers and national tax numbers.")

    def treatments(self) -> dict[str, PersonalData]:
        """Type → what is done with it, without those that are ignored."""
        every: dict[str, PersonalData] = {name: getattr(self, name) for name in PERSONAL_DATA_TYPES}
        return {name: treatment for name, treatment in every.items() if treatment.action != "ignore"}
