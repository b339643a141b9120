/** The functions in Python that every BentoML project has. */

import { momentBounds, momentPattern } from '../../core/moment.ts'

/** The functions that check days and moments. */
export const timeChecks = { date: 'days', datetime: 'moments' } as const

/** Checks of cells: levels, texts, dates and moments, which become the numbers that the graph takes. */
export const pythonChecks = `def one_of(*levels):
    def check(value):
        if value is not None and value not in levels:
            raise ValueError("expected one of " + ", ".join(str(level) for level in levels))
        return value

    return AfterValidator(check)


def text(may_be_missing, longest=None, levels=None):
    def check(value):
        if value.strip("\\t\\n\\f\\r ") == "":
            if may_be_missing:
                return None
            raise ValueError("expected a text, not a missing value")
        if levels is not None and value not in levels:
            raise ValueError("expected one of " + ", ".join(levels))
        if longest is not None and len(value) > longest:
            raise ValueError(f"expected at most {longest} characters")
        return value

    return AfterValidator(check)


def days(may_be_missing, first=None, last=None):
    """The days from 1970-01-01 to a date, as the graph takes them."""

    def check(value):
        if may_be_missing and value.strip("\\t\\n\\f\\r ") == "":
            return None
        if re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", value) is None:
            raise ValueError("expected a date such as 2025-03-31")
        day = datetime.date.fromisoformat(value)
        if value < (first or value) or value > (last or value):
            raise ValueError(f"expected a date from {first or 'any'} to {last or 'any'}")
        return (day - datetime.date(1970, 1, 1)).days

    return AfterValidator(check)


MOMENT = re.compile(r"${momentPattern}", re.ASCII)


def milliseconds(value):
    """From 1970-01-01T00:00:00Z to a moment; an offset is applied, and digits beyond the millisecond are cut."""
    found = MOMENT.fullmatch(value)
    if found is None:
        raise ValueError("expected a time such as 2025-03-31T14:05:00Z")
    day, hour, minute, second, fraction, sign, zone_hour, zone_minute = found.groups()
    days = (datetime.date.fromisoformat(day) - datetime.date(1970, 1, 1)).days
    minutes = days * 1440 + int(hour or 0) * 60 + int(minute or 0)
    offset = int(zone_hour or 0) * 60 + int(zone_minute or 0)
    minutes += offset if sign == "-" else -offset
    moment = minutes * 60000 + int(second or 0) * 1000 + int((fraction or "")[:3].ljust(3, "0"))
    if not ${momentBounds.first} <= moment <= ${momentBounds.last}:
        raise ValueError("expected a time in the years 1 to 9999")
    return moment


def moments(may_be_missing, first=None, last=None):
    """The milliseconds from 1970-01-01T00:00:00Z to a moment, as the graph takes them."""

    def check(value):
        if may_be_missing and value.strip("\\t\\n\\f\\r ") == "":
            return None
        moment = milliseconds(value)
        low = moment if first is None else milliseconds(first)
        high = moment if last is None else milliseconds(last)
        if moment < low or moment > high:
            raise ValueError(f"expected a time from {first or 'any'} to {last or 'any'}")
        return moment

    return AfterValidator(check)`

/**
 * The tensor of an input of the graph, of rows of cells.
 *
 * @param missing - what the graph has in place of a text that is missing
 */
export function pythonTensor(missing: string): string {
  return `DTYPES = {
    "tensor(double)": numpy.float64,
    "tensor(int8)": numpy.int8,
    "tensor(uint8)": numpy.uint8,
    "tensor(int16)": numpy.int16,
    "tensor(uint16)": numpy.uint16,
    "tensor(int32)": numpy.int32,
    "tensor(uint32)": numpy.uint32,
    "tensor(int64)": numpy.int64,
    "tensor(uint64)": numpy.uint64,
    "tensor(bool)": numpy.bool_,
}


def tensor(one, cells):
    if one.type == "tensor(string)":
        texts = [["${missing}" if cell is None else cell for cell in row] for row in cells]
        matrix = numpy.array(texts, dtype=object)
    else:
        matrix = numpy.array(cells, dtype=DTYPES.get(one.type, numpy.float32))
    return matrix.reshape(-1) if len(one.shape) == 1 else matrix`
}
