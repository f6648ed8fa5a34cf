package nanochat.model;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import nanochat.io.Json;
import nanochat.model.GptConfig.Generation;
import tools.jackson.databind.JsonNode;

/// A case recorded from the original: `case.json` and the tensors beside it. Reads safetensors on its own, so that what it says does not
/// depend on the code under test.
public final class ReferenceCase {
    private final String name;
    private final JsonNode json;
    private final JsonNode header;
    private final ByteBuffer data;

    private ReferenceCase(String name) {
        this.name = name;
        this.json = Json.LINE.readTree(resource("case.json"));
        ByteBuffer file = ByteBuffer.wrap(resource("tensors.safetensors")).order(ByteOrder.LITTLE_ENDIAN);
        byte[] headerBytes = new byte[Math.toIntExact(file.getLong())];
        file.get(headerBytes);
        this.header = Json.LINE.readTree(headerBytes);
        this.data = file.slice().order(ByteOrder.LITTLE_ENDIAN);
    }

    public static ReferenceCase tiny() {
        return new ReferenceCase("gpt-2026-07-tiny");
    }

    public static ReferenceCase odd() {
        return new ReferenceCase("gpt-2026-07-odd");
    }

    public static ReferenceCase older() {
        return new ReferenceCase("gpt-2025-11-tiny");
    }

    private byte[] resource(String file) {
        try (InputStream in = Objects.requireNonNull(ReferenceCase.class.getResourceAsStream("/nanochat/reference/" + name + "/" + file))) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public JsonNode json() {
        return json;
    }

    public GptConfig config() {
        Generation generation = name.startsWith("gpt-2025-11") ? Generation.G2025_11 : Generation.G2026_07;
        return Json.LINE.treeToValue(json.get("config"), GptConfigFields.class).toConfig(generation);
    }

    /// The parameters' names in the file's order, without the prefix `param.`.
    public List<String> parameterNames() {
        return header.propertyNames().stream().filter(key -> key.startsWith("param.")).map(key -> key.substring("param.".length()))
                .toList();
    }

    public int[] shape(String tensor) {
        return header.get(tensor).get("shape").valueStream().mapToInt(JsonNode::asInt).toArray();
    }

    public float[] floats(String tensor) {
        float[] values = new float[Arrays.stream(shape(tensor)).reduce(1, Math::multiplyExact)];
        int offset = header.get(tensor).get("data_offsets").get(0).asInt();
        data.slice(offset, values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(values);
        return values;
    }

    /// A tensor of token ids.
    public int[] ints(String tensor) {
        int[] values = new int[Arrays.stream(shape(tensor)).reduce(1, Math::multiplyExact)];
        int offset = header.get(tensor).get("data_offsets").get(0).asInt();
        for (int i = 0; i < values.length; i++) {
            values[i] = Math.toIntExact(data.getLong(offset + i * Long.BYTES));
        }
        return values;
    }

    @Override
    public String toString() {
        return name;
    }
}
