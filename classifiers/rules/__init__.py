"""The rules that exist, in the order of the catalogue; DECL-019 comes last, because it reads what the others found."""

from __future__ import annotations

from classifiers.rules.altered_by_browser import AlteredByBrowser
from classifiers.rules.automation_visible import AutomationVisible
from classifiers.rules.base import Rule
from classifiers.rules.beacon_data_undeclared import BeaconDataUndeclared
from classifiers.rules.blocked_or_challenged import BlockedOrChallenged
from classifiers.rules.canvas_read_back import CanvasReadBack
from classifiers.rules.choice_not_confirmed import ChoiceNotConfirmed
from classifiers.rules.consent_interface_not_recognised import ConsentInterfaceNotRecognised
from classifiers.rules.consent_macro_unresolved import ConsentMacroUnresolved
from classifiers.rules.consent_mode_v2_signals_missing import ConsentModeV2SignalsMissing
from classifiers.rules.consent_signal_not_as_planned import ConsentSignalNotAsPlanned
from classifiers.rules.consent_state_contradicts_choice import ConsentStateContradictsChoice
from classifiers.rules.consent_update_late import ConsentUpdateLate
from classifiers.rules.container_before_choice import ContainerBeforeChoice
from classifiers.rules.container_changed import ContainerChanged
from classifiers.rules.control_works_on_some_pages_only import ControlWorksOnSomePagesOnly
from classifiers.rules.cookie_before_choice import CookieBeforeChoice
from classifiers.rules.cookie_written_while_denied import CookieWrittenWhileDenied
from classifiers.rules.cookieless_ping_without_consent import CookielessPingWithoutConsent
from classifiers.rules.coverage_of_the_site import CoverageOfTheSite
from classifiers.rules.data_layer_not_as_planned import DataLayerNotAsPlanned
from classifiers.rules.declaration_out_of_step import DeclarationOutOfStep
from classifiers.rules.declared_category_differs import DeclaredCategoryDiffers
from classifiers.rules.declared_session_is_persistent import DeclaredSessionIsPersistent
from classifiers.rules.email_beacons_not_observed import EmailBeaconsNotObserved
from classifiers.rules.embedded_content_before_interaction import EmbeddedContentBeforeInteraction
from classifiers.rules.evidence_gap import EvidenceGap
from classifiers.rules.fingerprinting_without_consent import FingerprintingWithoutConsent
from classifiers.rules.first_party_identifier_sent import FirstPartyIdentifierSent
from classifiers.rules.flash_content import FlashContent
from classifiers.rules.flash_storage_not_observable import FlashStorageNotObservable
from classifiers.rules.google_state_contradicts_choice import GoogleStateContradictsChoice
from classifiers.rules.identifier_in_several_stores import IdentifierInSeveralStores
from classifiers.rules.identifier_moves_without_cookies import IdentifierMovesWithoutCookies
from classifiers.rules.identifier_synchronised import IdentifierSynchronised
from classifiers.rules.individual_picture_in_email import IndividualPictureInEmail
from classifiers.rules.known_fingerprinting_script import KnownFingerprintingScript
from classifiers.rules.legitimate_interest_after_refusal import LegitimateInterestAfterRefusal
from classifiers.rules.lifetime_above_browser_limit import LifetimeAboveBrowserLimit
from classifiers.rules.lifetime_above_own_limit import LifetimeAboveOwnLimit
from classifiers.rules.lifetime_exceeds_declared import LifetimeExceedsDeclared
from classifiers.rules.limited_data_use_not_set import LimitedDataUseNotSet
from classifiers.rules.marketing_recipient_without_consent import MarketingRecipientWithoutConsent
from classifiers.rules.meta_pixel_not_held_back import MetaPixelNotHeldBack
from classifiers.rules.microsoft_consent_not_signalled import MicrosoftConsentNotSignalled
from classifiers.rules.name_prefix_requirements_broken import NamePrefixRequirementsBroken
from classifiers.rules.no_consent_control import NoConsentControl
from classifiers.rules.no_consent_default import NoConsentDefault
from classifiers.rules.no_consent_update import NoConsentUpdate
from classifiers.rules.no_item_list import NoItemList
from classifiers.rules.no_lifetimes_published import NoLifetimesPublished
from classifiers.rules.no_refusal_beside_acceptance import NoRefusalBesideAcceptance
from classifiers.rules.no_withdrawal_control import NoWithdrawalControl
from classifiers.rules.optional_categories_preselected import OptionalCategoriesPreselected
from classifiers.rules.page_not_reached import PageNotReached
from classifiers.rules.parameter_not_as_planned import ParameterNotAsPlanned
from classifiers.rules.persistent_cookie_in_session_exemption import PersistentCookieInSessionExemption
from classifiers.rules.personal_data_in_analytics import PersonalDataInAnalytics
from classifiers.rules.personal_data_in_storage import PersonalDataInStorage
from classifiers.rules.personal_data_to_third_party import PersonalDataToThirdParty
from classifiers.rules.plain_http import PlainHttp
from classifiers.rules.planned_tag_missing import PlannedTagMissing
from classifiers.rules.policy_offers_browser_settings_only import PolicyOffersBrowserSettingsOnly
from classifiers.rules.policy_statement_inconsistent import PolicyStatementInconsistent
from classifiers.rules.policy_undated_or_changed import PolicyUndatedOrChanged
from classifiers.rules.privacy_signal_without_effect import PrivacySignalWithoutEffect
from classifiers.rules.profile_not_fresh import ProfileNotFresh
from classifiers.rules.recipient_not_disclosed_by_platform import RecipientNotDisclosedByPlatform
from classifiers.rules.reference_data_age import ReferenceDataAge
from classifiers.rules.refusing_takes_more_actions import RefusingTakesMoreActions
from classifiers.rules.same_site_none_without_secure import SameSiteNoneWithoutSecure
from classifiers.rules.scenario_incomplete import ScenarioIncomplete
from classifiers.rules.server_side_processing_not_observable import ServerSideProcessingNotObservable
from classifiers.rules.session_cookie_readable_by_script import SessionCookieReadableByScript
from classifiers.rules.session_cookie_same_site import SessionCookieSameSite
from classifiers.rules.session_cookie_without_secure import SessionCookieWithoutSecure
from classifiers.rules.session_replay import SessionReplay
from classifiers.rules.single_vantage_point import SingleVantagePoint
from classifiers.rules.storage_before_choice import StorageBeforeChoice
from classifiers.rules.storage_used_with_cookies_disabled import StorageUsedWithCookiesDisabled
from classifiers.rules.sub_domain_resolves_to_tracker import SubDomainResolvesToTracker
from classifiers.rules.tag_cookie_not_as_planned import TagCookieNotAsPlanned
from classifiers.rules.tag_error import TagError
from classifiers.rules.tag_fired_twice import TagFiredTwice
from classifiers.rules.tag_on_excluded_page import TagOnExcludedPage
from classifiers.rules.tags_out_of_order import TagsOutOfOrder
from classifiers.rules.tc_string_invalid import TcStringInvalid
from classifiers.rules.tcf_api_not_as_specified import TcfApiNotAsSpecified
from classifiers.rules.third_parties_not_named import ThirdPartiesNotNamed
from classifiers.rules.third_party_in_no_recipient_class import ThirdPartyInNoRecipientClass
from classifiers.rules.tracking_after_refusal import TrackingAfterRefusal
from classifiers.rules.tracking_after_withdrawal import TrackingAfterWithdrawal
from classifiers.rules.tracking_behind_first_party_host import TrackingBehindFirstPartyHost
from classifiers.rules.tracking_request_before_choice import TrackingRequestBeforeChoice
from classifiers.rules.unclassified_items import UnclassifiedItems
from classifiers.rules.undeclared_beacon import UndeclaredBeacon
from classifiers.rules.undeclared_cookie_or_tracker import UndeclaredCookieOrTracker
from classifiers.rules.undeclared_other_storage import UndeclaredOtherStorage
from classifiers.rules.undeclared_purpose import UndeclaredPurpose
from classifiers.rules.undeclared_technology import UndeclaredTechnology
from classifiers.rules.undeclared_web_storage import UndeclaredWebStorage
from classifiers.rules.unplanned_tag import UnplannedTag
from classifiers.rules.unstable_observation import UnstableObservation
from classifiers.rules.us_opt_out_not_signalled import UsOptOutNotSignalled
from classifiers.rules.vendor_without_tcf_consent import VendorWithoutTcfConsent
from classifiers.rules.video_beacon_before_choice import VideoBeaconBeforeChoice
from classifiers.rules.wrong_account import WrongAccount

RULES: tuple[type[Rule], ...] = (
    CookieBeforeChoice,
    TrackingRequestBeforeChoice,
    StorageBeforeChoice,
    TrackingAfterRefusal,
    TrackingAfterWithdrawal,
    NoConsentControl,
    NoRefusalBesideAcceptance,
    RefusingTakesMoreActions,
    OptionalCategoriesPreselected,
    NoWithdrawalControl,
    ConsentStateContradictsChoice,
    LegitimateInterestAfterRefusal,
    PrivacySignalWithoutEffect,
    ControlWorksOnSomePagesOnly,
    IdentifierMovesWithoutCookies,
    PolicyOffersBrowserSettingsOnly,
    UndeclaredCookieOrTracker,
    UndeclaredTechnology,
    UndeclaredPurpose,
    DeclaredCategoryDiffers,
    NoItemList,
    NoLifetimesPublished,
    ThirdPartiesNotNamed,
    PolicyUndatedOrChanged,
    LifetimeExceedsDeclared,
    DeclaredSessionIsPersistent,
    LifetimeAboveBrowserLimit,
    LifetimeAboveOwnLimit,
    PersistentCookieInSessionExemption,
    SessionCookieWithoutSecure,
    SessionCookieReadableByScript,
    SessionCookieSameSite,
    SameSiteNoneWithoutSecure,
    NamePrefixRequirementsBroken,
    PersonalDataInStorage,
    PlainHttp,
    ThirdPartyInNoRecipientClass,
    MarketingRecipientWithoutConsent,
    EmbeddedContentBeforeInteraction,
    SubDomainResolvesToTracker,
    TrackingBehindFirstPartyHost,
    IdentifierSynchronised,
    FirstPartyIdentifierSent,
    PersonalDataToThirdParty,
    RecipientNotDisclosedByPlatform,
    UndeclaredWebStorage,
    UndeclaredOtherStorage,
    FlashContent,
    IdentifierInSeveralStores,
    StorageUsedWithCookiesDisabled,
    UndeclaredBeacon,
    VideoBeaconBeforeChoice,
    IndividualPictureInEmail,
    BeaconDataUndeclared,
    CookielessPingWithoutConsent,
    SessionReplay,
    CanvasReadBack,
    KnownFingerprintingScript,
    FingerprintingWithoutConsent,
    PlannedTagMissing,
    UnplannedTag,
    TagFiredTwice,
    WrongAccount,
    NoConsentDefault,
    NoConsentUpdate,
    GoogleStateContradictsChoice,
    ConsentModeV2SignalsMissing,
    ConsentUpdateLate,
    CookieWrittenWhileDenied,
    MetaPixelNotHeldBack,
    LimitedDataUseNotSet,
    TcStringInvalid,
    TcfApiNotAsSpecified,
    ConsentMacroUnresolved,
    VendorWithoutTcfConsent,
    UsOptOutNotSignalled,
    TagError,
    PersonalDataInAnalytics,
    ContainerBeforeChoice,
    ContainerChanged,
    TagCookieNotAsPlanned,
    TagOnExcludedPage,
    DataLayerNotAsPlanned,
    MicrosoftConsentNotSignalled,
    ParameterNotAsPlanned,
    TagsOutOfOrder,
    ConsentSignalNotAsPlanned,
    PageNotReached,
    BlockedOrChallenged,
    ConsentInterfaceNotRecognised,
    ChoiceNotConfirmed,
    ScenarioIncomplete,
    SingleVantagePoint,
    AutomationVisible,
    CoverageOfTheSite,
    UnstableObservation,
    ProfileNotFresh,
    EvidenceGap,
    UnclassifiedItems,
    FlashStorageNotObservable,
    EmailBeaconsNotObserved,
    ServerSideProcessingNotObservable,
    ReferenceDataAge,
    AlteredByBrowser,
    DeclarationOutOfStep,
    PolicyStatementInconsistent,
)
