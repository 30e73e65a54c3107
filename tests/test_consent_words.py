"""What the labels of controls mean, in the languages of the word lists."""

from __future__ import annotations

import pytest

from crawler.browser.consent.words import Meaning, is_about, is_required, language_of, languages, read

LABELS = [
    ("Accept all", "accept"),
    ("ACCEPT ALL COOKIES", "accept"),
    ("Accept & close", "accept"),
    ("That's fine", "accept"),
    ("Reject all", "reject"),
    ("Continue without accepting →", "reject"),
    ("Accept only necessary cookies", "reject"),
    ("I do not accept", "reject"),
    ("No, thanks", "reject"),
    ("Accept selection", "save"),
    ("Save & exit", "save"),
    ("Manage options", "settings"),
    ("Withdraw consent", "withdraw"),
    ("×", "close"),
    ("Privacy policy", "policy"),
    ("Alle Cookies zulassen", "accept"),
    ("Ablehnen und schließen", "reject"),
    ("Nur notwendige Cookies akzeptieren", "reject"),
    ("Auswahl speichern", "save"),
    ("Cookie-Einstellungen", "settings"),
    ("Tout accepter", "accept"),
    ("Continuer sans accepter", "reject"),
    ("Paramétrer mes choix", "settings"),
    ("Enregistrer mes choix", "save"),
    ("Aceptar todas", "accept"),
    ("Rechazar todo", "reject"),
    ("Configurar cookies", "settings"),
    ("Accetta tutti", "accept"),
    ("Continua senza accettare", "reject"),
    ("Salva preferenze", "save"),
    ("Alles accepteren", "accept"),
    ("Alleen noodzakelijke cookies", "reject"),
    ("Voorkeuren instellen", "settings"),
    ("Aceitar tudo", "accept"),
    ("Rejeitar todos os cookies", "reject"),
    ("Guardar preferências", "save"),
    ("Akceptuję wszystkie", "accept"),
    ("Odrzuć wszystkie", "reject"),
    ("Ustawienia plików cookie", "settings"),
    ("Godkänn alla cookies", "accept"),
    ("Endast nödvändiga", "reject"),
    ("Hantera cookies", "settings"),
    ("모두 동의", "accept"),
    ("동의하지 않음", "reject"),
    ("필수 쿠키만 허용합니다", "reject"),
    ("선택 항목 동의", "save"),
    ("쿠키 설정", "settings"),
    ("すべて同意する", "accept"),
    ("同意しない", "reject"),
    ("必須Cookieのみ", "reject"),
    ("設定を保存", "save"),
    ("قبول الكل", "accept"),
    ("رفض الكل", "reject"),
]


BY_LANGUAGE = {
    #      accept, reject, settings, save, close
    "en": ("Allow all cookies", "Decline all", "Customise settings", "Save my preferences", "Close"),
    "de": ("Alle akzeptieren", "Alle ablehnen", "Einstellungen anpassen", "Einstellungen speichern", "Schließen"),
    "fr": ("J’accepte", "Tout refuser", "Personnaliser", "Enregistrer mes préférences", "Fermer"),
    "es": ("Aceptar todas las cookies", "Rechazar todas", "Configuración de cookies", "Guardar preferencias", "Cerrar"),
    "it": ("Accetta tutti i cookie", "Rifiuta tutto", "Gestisci preferenze", "Salva le impostazioni", "Chiudi"),
    "nl": ("Alle cookies accepteren", "Alles weigeren", "Cookie-instellingen", "Voorkeuren opslaan", "Sluiten"),
    "pt": ("Aceitar todos os cookies", "Recusar todos", "Definições de cookies", "Guardar definições", "Fechar"),
    "pl": ("Zaakceptuj wszystkie", "Odrzuć wszystko", "Dostosuj", "Zapisz ustawienia", "Zamknij"),
    "sv": ("Acceptera alla", "Avvisa alla", "Cookieinställningar", "Spara inställningar", "Stäng"),
    "ko": ("모두 허용", "모두 거부", "환경설정", "설정 저장", "닫기"),
    "ja": ("すべて許可する", "すべて拒否する", "Cookieの設定", "選択内容を保存", "閉じる"),
}


@pytest.mark.parametrize("language", BY_LANGUAGE)
def test_the_five_controls_of_each_language_are_told_apart(language: str) -> None:
    found = [read(label) for label in BY_LANGUAGE[language]]
    assert [reading.meaning.value if reading else None for reading in found] == [
        "accept",
        "reject",
        "settings",
        "save",
        "close",
    ]


@pytest.mark.parametrize(("label", "meaning"), LABELS)
def test_a_label_means_what_a_reader_takes_it_to_mean(label: str, meaning: str) -> None:
    reading = read(label)
    assert reading is not None
    assert reading.meaning.value == meaning


@pytest.mark.parametrize(
    "label",
    [
        "",
        "   ",
        "Subscribe now",
        "Sign in",
        "Was this article helpful to you, yes or no?",
        "We use cookies and you can accept or reject them at any time in the settings of this very site.",
    ],
)
def test_other_labels_and_sentences_mean_nothing(label: str) -> None:
    assert read(label) is None


def test_refusals_are_never_read_as_acceptance_though_they_contain_the_word() -> None:
    for label in (
        "Do not accept",
        "Nicht akzeptieren",
        "Ne pas accepter",
        "No acepto",
        "Non accetto",
        "Niet akkoord",
        "Não aceito",
        "Nie zgadzam się",
        "Jag samtycker inte",
        "동의 안 함",
        "同意しません",
    ):
        reading = read(label)
        assert reading is not None, label
        assert reading.meaning is Meaning.REJECT, label


def test_the_languages_asked_for_are_there_with_every_meaning() -> None:
    assert {"en", "de", "fr", "es", "it", "nl", "pt", "pl", "sv", "ko", "ja"} <= set(languages())


def test_texts_about_consent_are_told_from_others_and_their_language_is_guessed() -> None:
    assert is_about("Wir verwenden Cookies.")
    assert not is_about("Melden Sie sich zum Newsletter an.")
    assert language_of("Wir verwenden Cookies mit Ihrer Einwilligung. Alle akzeptieren Ablehnen Einstellungen") == "de"
    assert language_of("Lorem ipsum") is None


def test_words_beside_a_toggle_tell_that_it_cannot_be_refused() -> None:
    assert is_required("Strictly necessary cookies: always active")
    assert is_required("Notwendig")
    assert not is_required("Marketing")
