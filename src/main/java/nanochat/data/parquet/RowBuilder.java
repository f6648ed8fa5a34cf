package nanochat.data.parquet;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.io.api.Converter;
import org.apache.parquet.io.api.GroupConverter;
import org.apache.parquet.io.api.PrimitiveConverter;
import org.apache.parquet.io.api.RecordMaterializer;
import org.apache.parquet.schema.GroupType;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.PrimitiveType;
import org.apache.parquet.schema.Type;
import org.jspecify.annotations.Nullable;

/// Builds rows from what the record reader finds: groups become maps, lists lists, strings strings, other binaries byte arrays. A field
/// that is null is not in its map; an element that is null is null in its list.
final class RowBuilder extends RecordMaterializer<Map<String, Object>> {
    private final Struct root;
    private Map<String, Object> row = Map.of();
    private Optional<String> problem = Optional.empty();

    RowBuilder(MessageType schema) {
        root = new Struct(schema, built -> row = built);
    }

    /// What is wrong with the row built last; asking forgets it. Not an exception while it is built: the reader would stand in the middle of
    /// the row then and never come to the next.
    Optional<String> problem() {
        Optional<String> found = problem;
        problem = Optional.empty();
        return found;
    }

    @Override
    public Map<String, Object> getCurrentRecord() {
        return row;
    }

    @Override
    public GroupConverter getRootConverter() {
        return root;
    }

    /// What is made of a column or group, each value handed to `sink`.
    private Converter converter(Type type, Consumer<Object> sink) {
        if (type.isPrimitive()) {
            return new Value(type.asPrimitiveType(), sink);
        }
        GroupType group = type.asGroupType();
        boolean isList = group.getLogicalTypeAnnotation() instanceof LogicalTypeAnnotation.ListLogicalTypeAnnotation
                && group.getFieldCount() == 1 && group.getType(0).isRepetition(Type.Repetition.REPEATED);
        return isList ? new Elements(group.getType(0), sink) : new Struct(group, sink::accept);
    }

    private final class Struct extends GroupConverter {
        private final Consumer<Map<String, Object>> sink;
        private final Converter[] fields;
        private Map<String, Object> values = Map.of();

        Struct(GroupType type, Consumer<Map<String, Object>> sink) {
            this.sink = sink;
            fields = type.getFields().stream().map(this::field).toArray(Converter[]::new);
        }

        private Converter field(Type field) {
            String name = field.getName();
            return field.isRepetition(Type.Repetition.REPEATED)
                    ? converter(field, value -> list(name).add(value))
                    : converter(field, value -> values.put(name, value));
        }

        /// The list of a field that is repeated without being marked as a list.
        @SuppressWarnings("unchecked")
        private List<Object> list(String name) {
            return (List<Object>) values.computeIfAbsent(name, _ -> new ArrayList<>());
        }

        @Override
        public Converter getConverter(int field) {
            return fields[field];
        }

        @Override
        public void start() {
            values = new LinkedHashMap<>();
        }

        @Override
        public void end() {
            sink.accept(values);
        }
    }

    /// A group marked as a list. Its only field repeats; by the rules of the format that field is the element itself, or, being a group of
    /// one field, wraps it.
    private final class Elements extends GroupConverter {
        private final Consumer<Object> sink;
        private final Converter repeated;
        private List<@Nullable Object> elements = new ArrayList<>();

        Elements(Type repeatedField, Consumer<Object> sink) {
            this.sink = sink;
            boolean wraps = !repeatedField.isPrimitive() && repeatedField.asGroupType().getFieldCount() == 1
                    && !repeatedField.getName().equals("array") && !repeatedField.getName().endsWith("_tuple");
            repeated = wraps
                    ? new Wrapper(repeatedField.asGroupType().getType(0), element -> elements.add(element))
                    : converter(repeatedField, element -> elements.add(element));
        }

        @Override
        public Converter getConverter(int field) {
            return repeated;
        }

        @Override
        public void start() {
            elements = new ArrayList<>();
        }

        @Override
        public void end() {
            sink.accept(elements);
        }
    }

    private final class Wrapper extends GroupConverter {
        private final Consumer<@Nullable Object> sink;
        private final Converter element;
        private @Nullable Object value;

        Wrapper(Type type, Consumer<@Nullable Object> sink) {
            this.sink = sink;
            element = converter(type, found -> value = found);
        }

        @Override
        public Converter getConverter(int field) {
            return element;
        }

        @Override
        public void start() {
            value = null;
        }

        @Override
        public void end() {
            sink.accept(value);
        }
    }

    private final class Value extends PrimitiveConverter {
        private final PrimitiveType type;
        private final Consumer<Object> sink;
        private final boolean isText;

        Value(PrimitiveType type, Consumer<Object> sink) {
            this.type = type;
            this.sink = sink;
            LogicalTypeAnnotation annotation = type.getLogicalTypeAnnotation();
            isText = annotation instanceof LogicalTypeAnnotation.StringLogicalTypeAnnotation
                    || annotation instanceof LogicalTypeAnnotation.EnumLogicalTypeAnnotation
                    || annotation instanceof LogicalTypeAnnotation.JsonLogicalTypeAnnotation;
        }

        @Override
        public void addBinary(Binary value) {
            sink.accept(isText ? text(value) : value.getBytes());
        }

        private String text(Binary value) {
            // the fast decoder replaces what is not UTF-8 by U+FFFD: where one shows up, look whether it was really there
            String text = value.toStringUsingUTF8();
            if (text.indexOf('\uFFFD') >= 0) {
                try {
                    StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(value.getBytes()));
                } catch (CharacterCodingException e) {
                    problem = Optional.of("a value of column '" + type.getName() + "' is not UTF-8: " + e.getMessage());
                }
            }
            return text;
        }

        @Override
        public void addBoolean(boolean value) {
            sink.accept(value);
        }

        @Override
        public void addDouble(double value) {
            sink.accept(value);
        }

        @Override
        public void addFloat(float value) {
            sink.accept(value);
        }

        @Override
        public void addInt(int value) {
            sink.accept(value);
        }

        @Override
        public void addLong(long value) {
            sink.accept(value);
        }
    }
}
