package nanochat.task;

import java.util.ArrayList;
import java.util.List;
import nanochat.io.BadInputException;
import tools.jackson.databind.JsonNode;

/// A row of a data set, or a group of columns in it. What is missing or of another type than asked for is a [BadInputException] that names
/// the column and those that are there.
///
/// @param columns an object
public record DatasetRow(JsonNode columns) {
    public DatasetRow {
        if (!columns.isObject()) {
            throw new BadInputException("not an object with a field for each column");
        }
    }

    /// A column of text.
    public String text(String column) {
        JsonNode value = value(column);
        if (!value.isString()) {
            throw wrong(column, "text");
        }
        return value.asString();
    }

    /// A column of whole numbers.
    public int integer(String column) {
        JsonNode value = value(column);
        if (!value.isIntegralNumber() || !value.canConvertToInt()) {
            throw wrong(column, "a whole number");
        }
        return value.asInt();
    }

    /// A column of lists of texts.
    public List<String> texts(String column) {
        JsonNode value = value(column);
        List<String> texts = new ArrayList<>();
        for (JsonNode element : value) {
            if (!element.isString()) {
                throw wrong(column, "a list of texts");
            }
            texts.add(element.asString());
        }
        if (!value.isArray()) {
            throw wrong(column, "a list of texts");
        }
        return texts;
    }

    /// A group of columns.
    public DatasetRow group(String column) {
        if (!value(column).isObject()) {
            throw wrong(column, "a group of columns");
        }
        return new DatasetRow(value(column));
    }

    /// Whether there is such a column.
    public boolean has(String column) {
        return columns.has(column);
    }

    private JsonNode value(String column) {
        JsonNode value = columns.path(column);
        if (value.isMissingNode() || value.isNull()) {
            throw new BadInputException("no value in column '" + column + "'; there are: " + String.join(", ", columns.propertyNames()));
        }
        return value;
    }

    private static BadInputException wrong(String column, String wanted) {
        return new BadInputException("the column '" + column + "' is not " + wanted);
    }
}
