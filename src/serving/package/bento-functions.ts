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

/** The tensor of an input of the graph, of rows of cells. */
export const pythonTensor = `def tensor(one, cells):
    if one.type == "tensor(string)":
        matrix = numpy.array([["" if cell is None else cell for cell in row] for row in cells], dtype=object)
    else:
        matrix = numpy.array(cells, dtype=numpy.float32)
        matrix = matrix.astype(numpy.float64 if one.type == "tensor(double)" else numpy.float32)
    return matrix.reshape(-1) if len(one.shape) == 1 else matrix`
