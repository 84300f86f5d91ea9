"""Numbers as text that other tools read back without loss: no exponent, no binary float, no trailing zeros."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal

__all__ = ["exact_text", "factor_text", "le_texts", "percent_text", "window_text", "written_factor"]

FACTOR_PLACES = 6
_MINUTES_OF = {"d": 1440, "h": 60, "m": 1}


def exact_text(number: Decimal) -> str:
    """Write a decimal in full.

    Examples
    --------
    >>> exact_text(1 - Decimal("0.999")), exact_text(Decimal("1E-7")), exact_text(Decimal("30.0"))
    ('0.001', '0.0000001', '30')
    """
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def percent_text(share: Decimal) -> str:
    """Write a share, 0 to 1, as a percent without its sign.

    Examples
    --------
    >>> percent_text(Decimal("0.9995"))
    '99.95'
    """
    return exact_text(share.scaleb(2))


def factor_text(factor: Decimal) -> str:
    """Write a burn rate or a budget share; what goes on for ever (28/30) is rounded to six places, which no alert notices.

    Examples
    --------
    >>> factor_text(Decimal("13.44")), factor_text(Decimal(28) / 30)
    ('13.44', '0.933333')
    """
    return exact_text(written_factor(factor))


def written_factor(factor: Decimal) -> Decimal:
    """Round a burn rate or budget share as :func:`factor_text` does, where a number is wanted."""
    return factor.quantize(Decimal(1).scaleb(-FACTOR_PLACES), rounding=ROUND_HALF_EVEN)


def window_text(minutes: int) -> str:
    """Write a length the way Prometheus and its kin read it, in the largest unit that is whole.

    Examples
    --------
    >>> window_text(5), window_text(60), window_text(90), window_text(3 * 1440)
    ('5m', '1h', '90m', '3d')
    """
    unit = next(unit for unit, size in _MINUTES_OF.items() if minutes % size == 0 and minutes >= size or unit == "m")
    return f"{minutes // _MINUTES_OF[unit]}{unit}"


def le_texts(seconds: Decimal) -> tuple[str, ...]:
    """Give the ways in which a bucket's edge may be written in the label ``le``; the plain one first.

    Prometheus 3 writes whole numbers as ``1.0``, before it was ``1``; below 1e-4 and from a million on, Go's clients
    write an exponent.

    Examples
    --------
    >>> le_texts(Decimal("0.3")), le_texts(Decimal("1")), le_texts(Decimal("1200000"))
    (('0.3',), ('1', '1.0'), ('1200000', '1200000.0', '1.2e+06'))
    """
    plain = exact_text(seconds)
    texts = [plain] if "." in plain else [plain, f"{plain}.0"]
    exponent = seconds.adjusted()
    if exponent < -4 or exponent >= 6:
        digits = "".join(map(str, seconds.normalize().as_tuple().digits))
        mantissa = digits[0] + (f".{digits[1:]}" if digits[1:] else "")
        texts.append(f"{mantissa}e{'-' if exponent < 0 else '+'}{abs(exponent):02d}")
    return tuple(texts)
