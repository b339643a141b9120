/** The functions in Python that every BentoML project has. */

/** Checks of cells: levels, texts, and dates, which become the days that the graph takes. */
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
