package nanochat.serve;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// An object of a request, field by field. A field that nobody asks for is ignored, `null` is as good as absent, and a wrong type or value is
/// refused with the field's name.
final class Fields {
    private static final int DEEPEST = 20;
    private static final int LONGEST_NUMBER = 100;
    private static final int LONGEST_NAME = 200;
    private static final JsonMapper MAPPER = JsonMapper.builder(JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(DEEPEST).maxNumberLength(LONGEST_NUMBER)
                    .maxNameLength(LONGEST_NAME).build())
            .build()).enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).build();

    private final JsonNode object;
    private final String path;

    private Fields(JsonNode object, String path) {
        this.object = object;
        this.path = path;
    }

    /// The object that a body is.
    static Fields parse(byte[] body) {
        JsonNode root;
        try {
            root = MAPPER.readTree(body);
        } catch (JacksonException e) {
            throw ApiException.refused(400, "invalid_json",
                    "The body is not valid JSON: " + nanochat.io.Json.problem(e) + ".");
        }
        if (!root.isObject()) {
            throw ApiException.refused(400, "invalid_json", "The body must be a JSON object.");
        }
        return new Fields(root, "");
    }

    /// How messages name a field of this object.
    String nameOf(String name) {
        return path + name;
    }

    ApiException wrong(String name, String expected) {
        return ApiException.invalid(nameOf(name), "'" + nameOf(name) + "' must be " + expected + ".");
    }

    Optional<JsonNode> value(String name) {
        return Optional.ofNullable(object.get(name)).filter(value -> !value.isNull());
    }

    Optional<String> string(String name) {
        return value(name).map(value -> string(value, name));
    }

    private String string(JsonNode value, String name) {
        if (!value.isString()) {
            throw wrong(name, "a string");
        }
        return value.asString();
    }

    boolean flag(String name, boolean otherwise) {
        return value(name).map(value -> {
            if (!value.isBoolean()) {
                throw wrong(name, "true or false");
            }
            return value.asBoolean();
        }).orElse(otherwise);
    }

    OptionalInt integer(String name, int least, int most) {
        Optional<JsonNode> value = value(name);
        return value.isEmpty() ? OptionalInt.empty() : OptionalInt.of(integer(value.get(), name, least, most));
    }

    private int integer(JsonNode value, String name, int least, int most) {
        if (!value.isIntegralNumber() || !value.canConvertToInt() || value.asInt() < least || value.asInt() > most) {
            throw wrong(name, "an integer from " + least + " to " + most);
        }
        return value.asInt();
    }

    OptionalLong longInteger(String name) {
        Optional<JsonNode> value = value(name);
        if (value.isPresent() && (!value.get().isIntegralNumber() || !value.get().canConvertToLong())) {
            throw wrong(name, "an integer of 64 bits");
        }
        return value.isEmpty() ? OptionalLong.empty() : OptionalLong.of(value.get().asLong());
    }

    OptionalDouble number(String name, double least, double most) {
        Optional<JsonNode> value = value(name);
        if (value.isEmpty()) {
            return OptionalDouble.empty();
        }
        double number = value.get().isNumber() ? value.get().asDouble() : Double.NaN;
        if (!(number >= least && number <= most)) {
            throw wrong(name, "a number from " + shown(least) + " to " + shown(most));
        }
        return OptionalDouble.of(number);
    }

    private static String shown(double bound) {
        return bound == Math.rint(bound) ? Long.toString((long) bound) : Double.toString(bound);
    }

    Optional<Fields> object(String name) {
        return value(name).map(value -> {
            if (!value.isObject()) {
                throw wrong(name, "an object");
            }
            return new Fields(value, nameOf(name) + ".");
        });
    }

    /// The objects of an array.
    Optional<List<Fields>> objects(String name) {
        return value(name).map(value -> {
            List<Fields> objects = new ArrayList<>();
            for (JsonNode element : array(value, name)) {
                String place = name + "[" + objects.size() + "]";
                if (!element.isObject()) {
                    throw wrong(place, "an object");
                }
                objects.add(new Fields(element, nameOf(place) + "."));
            }
            return objects;
        });
    }

    /// A string, or an array of them.
    List<String> strings(String name) {
        return value(name).map(value -> {
            if (value.isString()) {
                return List.of(value.asString());
            }
            List<String> strings = new ArrayList<>();
            for (JsonNode element : array(value, name)) {
                strings.add(string(element, name + "[" + strings.size() + "]"));
            }
            return strings;
        }).orElse(List.of());
    }

    /// The token ids of an array.
    ///
    /// @param vocabularySize above all of them
    int[] tokens(JsonNode array, String name, int vocabularySize) {
        int[] tokens = new int[array(array, name).size()];
        for (int i = 0; i < tokens.length; i++) {
            tokens[i] = integer(array.get(i), name + "[" + i + "]", 0, vocabularySize - 1);
        }
        return tokens;
    }

    JsonNode array(JsonNode value, String name) {
        if (!value.isArray()) {
            throw wrong(name, "an array");
        }
        return value;
    }
}
