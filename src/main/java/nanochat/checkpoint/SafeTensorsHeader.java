package nanochat.checkpoint;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import nanochat.io.BadInputException;
import nanochat.io.Json;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// The header of a safetensors file.
///
/// @param places the tensors in the order of their data, which they cover without gap or overlap
/// @param metadata free text by key
/// @param dataStart where the data begins in the file; places count from here
record SafeTensorsHeader(List<Place> places, Map<String, String> metadata, long dataStart) {
    /// The format's own limit, so that a file of something else is not taken for a giant header.
    private static final long LONGEST = 100_000_000;
    private static final int LENGTH_BYTES = 8;
    private static final ValueLayout.OfLong LENGTH = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final JsonMapper STRICT = JsonMapper.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();

    /// One tensor's description; `begin` (inclusive) and `end` (exclusive) count bytes from the start of the data.
    record Place(String name, ElementType type, List<Long> shape, long begin, long end) {}

    /// Reads and checks the header of `content`, a whole file.
    ///
    /// @throws BadInputException naming `file`, the tensor, and what is wrong
    static SafeTensorsHeader read(Path file, MemorySegment content) {
        if (content.byteSize() < LENGTH_BYTES) {
            throw bad(file, "it has only " + content.byteSize() + " bytes");
        }
        long length = content.get(LENGTH, 0);
        if (length < 2 || length > LONGEST) {
            throw bad(file, "its first eight bytes are not the length of a header");
        }
        long dataStart = LENGTH_BYTES + length;
        if (dataStart > content.byteSize()) {
            throw bad(file, "it ends inside its header; the file is truncated");
        }
        List<Place> places = new ArrayList<>();
        Map<String, String> metadata = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> field : parse(file, content.asSlice(LENGTH_BYTES, length)).properties()) {
            if (field.getKey().equals(SafeTensors.METADATA)) {
                field.getValue().properties().forEach(entry -> metadata.put(entry.getKey(), entry.getValue().asString()));
            } else {
                places.add(place(file, field.getKey(), field.getValue()));
            }
        }
        places.sort(Comparator.comparingLong(Place::begin).thenComparingLong(Place::end));
        checkCoverage(file, places, content.byteSize() - dataStart);
        return new SafeTensorsHeader(List.copyOf(places), metadata, dataStart);
    }

    private static ObjectNode parse(Path file, MemorySegment json) {
        try {
            if (STRICT.readTree(json.toArray(ValueLayout.JAVA_BYTE)) instanceof ObjectNode header) {
                return header;
            }
            throw bad(file, "its header is not a JSON object");
        } catch (JacksonException e) {
            throw bad(file, "its header is not sound JSON: " + Json.problem(e));
        }
    }

    private static Place place(Path file, String name, JsonNode node) {
        if (!StoredTensor.isName(name)) {
            throw bad(file, "'" + name + "' is not a name for a tensor");
        }
        String typeName = node.path("dtype").asString("");
        ElementType type = Arrays.stream(ElementType.values()).filter(known -> known.name().equals(typeName)).findAny().orElseThrow(
                () -> bad(file, "tensor " + name + " has the dtype '" + typeName + "', known are " + Arrays.toString(ElementType
                        .values())));
        List<Long> shape = wholeNumbers(file, name, node.path("shape"), "shape");
        List<Long> offsets = wholeNumbers(file, name, node.path("data_offsets"), "data_offsets");
        if (offsets.size() != 2 || offsets.getFirst() > offsets.getLast()) {
            throw bad(file, "tensor " + name + " has the data_offsets " + offsets);
        }
        try {
            long bytes = StoredTensor.byteSize(type, shape);
            if (bytes != offsets.getLast() - offsets.getFirst()) {
                throw bad(file, "tensor " + name + " is " + type + " " + shape + ", which takes " + bytes
                        + " bytes, but its data_offsets are "
                        + offsets);
            }
        } catch (IllegalArgumentException e) {
            throw bad(file, "tensor " + name + ": " + e.getMessage());
        }
        return new Place(name, type, shape, offsets.getFirst(), offsets.getLast());
    }

    private static List<Long> wholeNumbers(Path file, String name, JsonNode node, String field) {
        List<Long> numbers = new ArrayList<>();
        for (JsonNode element : node) {
            if (!element.isIntegralNumber() || !element.canConvertToLong() || element.asLong() < 0) {
                throw bad(file, "tensor " + name + " has the " + field + " " + node);
            }
            numbers.add(element.asLong());
        }
        if (!node.isArray()) {
            throw bad(file, "tensor " + name + " has no " + field);
        }
        return numbers;
    }

    private static void checkCoverage(Path file, List<Place> places, long dataBytes) {
        long covered = 0;
        for (Place place : places) {
            if (place.end() > dataBytes) {
                throw bad(file, "tensor " + place.name() + " ends at byte " + place.end() + " of the data, which has only " + dataBytes
                        + "; the file is truncated");
            }
            if (place.begin() != covered) {
                throw bad(file, "tensor " + place.name() + " begins at byte " + place.begin() + " of the data, where " + covered
                        + " is next: tensors must not overlap or leave gaps");
            }
            covered = place.end();
        }
        if (covered != dataBytes) {
            throw bad(file, "its tensors take " + covered + " bytes, but " + dataBytes + " follow the header");
        }
    }

    private static BadInputException bad(Path file, String what) {
        return new BadInputException(file + " is not a sound safetensors file: " + what);
    }

    /// The header of a file that holds `tensors` in this order, with its length before it, padded so that the data is aligned to 8 bytes.
    static byte[] of(List<StoredTensor> tensors, Map<String, String> metadata) {
        Map<String, Object> header = new LinkedHashMap<>();
        if (!metadata.isEmpty()) {
            header.put(SafeTensors.METADATA, metadata);
        }
        Set<String> names = new HashSet<>();
        long begin = 0;
        for (StoredTensor tensor : tensors) {
            if (!names.add(tensor.name())) {
                throw new IllegalArgumentException("two tensors have the name " + tensor.name());
            }
            long end = Math.addExact(begin, tensor.data().byteSize());
            header.put(tensor.name(), new Description(tensor.type(), tensor.shape(), List.of(begin, end)));
            begin = end;
        }
        byte[] json = Json.LINE.writeValueAsBytes(header);
        int padded = (json.length + 7) / 8 * 8;
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(LENGTH_BYTES + padded);
        bytes.writeBytes(ByteBuffer.allocate(LENGTH_BYTES).order(ByteOrder.LITTLE_ENDIAN).putLong(padded).array());
        bytes.writeBytes(json);
        bytes.writeBytes(" ".repeat(padded - json.length).getBytes(StandardCharsets.US_ASCII));
        return bytes.toByteArray();
    }

    /// A tensor in the header's JSON.
    private record Description(ElementType dtype, List<Long> shape, List<Long> dataOffsets) {}
}
