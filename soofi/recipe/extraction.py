"""The recipe's words for extraction: from pages and files to clean text."""

from typing import Literal

from soofi.recipe.fields import Section, field

CONSENT_BANNERS = [
    "#onetrust-consent-sdk", "#onetrust-banner-sdk", "#CybotCookiebotDialog", "#usercentrics-root", "#didomi-host",
    "#truste-consent-track", "#cmpbox", "#cmpwrapper", "#qc-cmp2-container", "#cookie-law-info-bar", "#cookie-notice",
    "#cookiescript_injected", "#sp-cc", ".cc-window", ".cookie-banner", ".cookie-consent", ".cookie-notice", ".cookiebar",
    ".fc-consent-root", ".cky-consent-container", ".iubenda-cs-container", ".osano-cm-window", ".klaro", ".tarteaucitronRoot",
    ".gdpr-banner", ".consent-banner",
]  # fmt: skip
"""CSS selectors of the banners that ask for cookies, by the names that consent managers and themes give them."""


class Extraction(Section):
    """Extraction of text from pages, and cleaning of every text."""

    extractor: Literal["resiliparse", "trafilatura"] = field(
        "resiliparse", "Library that finds a page's text: resiliparse is fast, trafilatura more precise."
    )
    main_content: bool = field(
        True, "Whether navigation, headers, footers and asides are left out (resiliparse)."
    )
    favour: Literal["balance", "precision", "recall"] = field(
        "precision", "What trafilatura goes for where a block may be content or not."
    )
    list_bullets: bool = field(True, "Whether items of lists keep their bullets and numbers (resiliparse).")
    alt_texts: bool = field(False, "Whether descriptions of images are text (resiliparse).")
    comments: bool = field(False, "Whether readers' comments are text.")
    tables: bool = field(True, "Whether tables are text (trafilatura).")
    skip_elements: list[str] = field(
        CONSENT_BANNERS,
        "CSS selectors of elements that are no text; banners for cookies unless written anew.",
    )
    repair_mojibake: bool = field(True, "Whether text that was decoded with a wrong encoding is repaired.")
    remove_markup: bool = field(True, "Whether entities and tags that were left in a text are resolved.")
    remove_invisible: bool = field(
        True, "Whether invisible characters go: bidirectional marks, soft hyphens, zero-width spaces, tags."
    )
    maximum_replaced_share: float = field(
        0.01, "Greatest share (0 to 1) of characters that could not be decoded (U+FFFD).", ge=0, le=1
    )
