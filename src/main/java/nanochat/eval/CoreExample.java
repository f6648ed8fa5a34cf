package nanochat.eval;

import java.util.ArrayList;
import java.util.List;
import nanochat.io.BadInputException;
import tools.jackson.databind.JsonNode;

/// One example of a task of the CORE evaluation.
public sealed interface CoreExample {
    /// A question and possible answers, one of them right.
    ///
    /// @param gold index of the right one
    record MultipleChoice(String query, List<String> choices, int gold) implements CoreExample {
        @Override
        public String solved(String delimiter) {
            return query + delimiter + choices.get(gold);
        }
    }

    /// Possible beginnings, one of them right, of the same end.
    ///
    /// @param gold index of the right one
    record Schema(List<String> contexts, String continuation, int gold) implements CoreExample {
        @Override
        public String solved(String delimiter) {
            return contexts.get(gold) + delimiter + continuation;
        }
    }

    /// A text whose end is to be predicted.
    record LanguageModeling(String context, String continuation) implements CoreExample {
        @Override
        public String solved(String delimiter) {
            return stripped(context) + delimiter + continuation;
        }
    }

    /// How an example is told apart from the others of its task, and which fields it has in a bundle's files.
    enum Type {
        MULTIPLE_CHOICE, SCHEMA, LANGUAGE_MODELING;

        /// The example that a line of a bundle holds.
        ///
        /// @throws BadInputException when a field is missing or of another kind than it should be
        CoreExample parse(JsonNode line) {
            return switch (this) {
                case MULTIPLE_CHOICE -> {
                    List<String> choices = texts(line, "choices");
                    yield new MultipleChoice(text(line, "query"), choices, gold(line, choices.size()));
                }
                case SCHEMA -> {
                    List<String> contexts = texts(line, "context_options");
                    yield new Schema(contexts, text(line, "continuation"), gold(line, contexts.size()));
                }
                case LANGUAGE_MODELING -> {
                    String continuation = text(line, "continuation");
                    if (stripped(continuation).isEmpty()) {
                        throw new BadInputException("\"continuation\" is blank, so there is nothing to predict");
                    }
                    yield new LanguageModeling(text(line, "context"), continuation);
                }
            };
        }

        private static String text(JsonNode line, String field) {
            return asText(line.path(field), field);
        }

        /// Some answers are numbers.
        private static String asText(JsonNode value, String field) {
            if (!value.isString() && !value.isNumber()) {
                throw new BadInputException("\"" + field + "\" must be text, is " + describe(value));
            }
            return value.asString();
        }

        private static List<String> texts(JsonNode line, String field) {
            JsonNode values = line.path(field);
            if (!values.isArray() || values.isEmpty()) {
                throw new BadInputException("\"" + field + "\" must be a list of texts, is " + describe(values));
            }
            List<String> texts = new ArrayList<>();
            values.forEach(value -> texts.add(asText(value, field)));
            return texts;
        }

        private static int gold(JsonNode line, int options) {
            JsonNode gold = line.path("gold");
            if (!gold.isInt() || gold.asInt() < 0 || gold.asInt() >= options) {
                throw new BadInputException("\"gold\" must be the index of one of " + options + " options, is " + describe(gold));
            }
            return gold.asInt();
        }

        private static String describe(JsonNode value) {
            return value.isMissingNode() ? "missing" : value.toString();
        }
    }

    /// The example with its right answer, as the others are shown it.
    String solved(String delimiter);

    /// `text` without the white space around it, by what Python holds to be white space.
    static String stripped(String text) {
        int start = 0;
        int end = text.length();
        while (start < end && isSpace(text.charAt(start))) {
            start++;
        }
        while (end > start && isSpace(text.charAt(end - 1))) {
            end--;
        }
        return text.substring(start, end);
    }

    private static boolean isSpace(char c) {
        return Character.isWhitespace(c) || Character.isSpaceChar(c) || c == '\u0085';
    }
}
