package nanochat.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import nanochat.io.BadInputException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The oracles: files written out byte by byte from the format's description, and what was written must be read.
class SafeTensorsTest {
    @TempDir
    Path folder;

    private static MemorySegment segment(float... values) {
        return MemorySegment.ofArray(values);
    }

    private Path file(String header, byte... data) throws IOException {
        return file(header.getBytes(StandardCharsets.UTF_8).length, header, data);
    }

    private Path file(long length, String header, byte... data) throws IOException {
        byte[] json = header.getBytes(StandardCharsets.UTF_8);
        ByteBuffer content = ByteBuffer.allocate(8 + json.length + data.length).order(ByteOrder.LITTLE_ENDIAN);
        content.putLong(length).put(json).put(data);
        return Files.write(folder.resolve("hand.safetensors"), content.array());
    }

    @Test
    void aFileWrittenByHandIsReadAsTheFormatSays() throws IOException {
        Path file = file("""
                {"__metadata__":{"format":"pt"},"b":{"dtype":"I64","shape":[2],"data_offsets":[6,22]},\
                "a":{"dtype":"BF16","shape":[3,1],"data_offsets":[0,6]}}""", (byte) 0x80, (byte) 0x3f, (byte) 0x40, (byte) 0xc0, (byte) 0,
                (byte) 0,
                (byte) 7, (byte) 0, (byte) 0, (byte) 0, (byte) 0, (byte) 0, (byte) 0, (byte) 0, (byte) -1, (byte) -1, (byte) -1, (byte) -1,
                (byte) -1,
                (byte) -1, (byte) -1, (byte) -1);
        try (SafeTensors tensors = SafeTensors.open(file)) {
            assertThat(tensors.names()).containsExactly("a", "b");
            assertThat(tensors.metadata()).containsExactly(Map.entry("format", "pt"));
            assertThat(tensors.tensor("a").shape()).containsExactly(3L, 1L);
            assertThat(tensors.tensor("a").toFloats()).containsExactly(1f, -3f, 0f);
            assertThat(tensors.tensor("b").toLongs()).as("unaligned").containsExactly(7, -1);
        }
    }

    @Test
    void theBytesOnDiskAreTheFormats() throws IOException {
        Path file = folder.resolve("written.safetensors");
        SafeTensors.write(file, List.of(new StoredTensor("w", ElementType.F32, List.of(1L, 2L), segment(1f, -2f))), Map.of("step", "3"));
        String header = "{\"__metadata__\":{\"step\":\"3\"},\"w\":{\"dtype\":\"F32\",\"shape\":[1,2],\"data_offsets\":[0,8]}}";
        int padded = (header.length() + 7) / 8 * 8;
        ByteBuffer expected = ByteBuffer.allocate(8 + padded + 8).order(ByteOrder.LITTLE_ENDIAN);
        expected.putLong(padded).put((header + " ".repeat(padded - header.length())).getBytes(StandardCharsets.UTF_8)).putFloat(1f)
                .putFloat(-2f);
        assertThat(Files.readAllBytes(file)).isEqualTo(expected.array());
    }

    @Test
    void everyTypeIsReadAsItWasWrittenWithLargerElementsFirst() {
        List<StoredTensor> written = new ArrayList<>();
        SplittableRandom random = new SplittableRandom(42);
        for (ElementType type : ElementType.values()) {
            byte[] bytes = new byte[3 * 5 * type.bytes()];
            random.nextBytes(bytes);
            written.addFirst(new StoredTensor("ten sor/" + type + "\"é", type, List.of(3L, 5L), MemorySegment.ofArray(bytes)));
        }
        written.add(new StoredTensor("scalar", ElementType.F32, List.of(), segment(0.5f)));
        written.add(new StoredTensor("nothing", ElementType.F32, List.of(4L, 0L), segment()));
        Path file = folder.resolve("all.safetensors");
        SafeTensors.write(file, written, Map.of());
        try (SafeTensors read = SafeTensors.open(file)) {
            assertThat(read.names()).hasSize(written.size());
            assertThat(read.metadata()).isEmpty();
            for (StoredTensor tensor : written) {
                StoredTensor again = read.tensor(tensor.name(), tensor.type(), tensor.shape());
                assertThat(again.data().mismatch(tensor.data())).as(tensor.name()).isEqualTo(-1);
                assertThat((again.data().address() - 8) % tensor.type().bytes()).as("alignment of %s", tensor.name()).isZero();
            }
            assertThat(read.tensor("scalar").toFloats()).containsExactly(0.5f);
            assertThat(read.tensor("nothing").elements()).isZero();
        }
    }

    @Test
    void floatsComeFromEveryFloatingType() {
        MemorySegment half = MemorySegment.ofArray(new short[]{Float.floatToFloat16(1.5f), Float.floatToFloat16(-65504f)});
        MemorySegment brain = MemorySegment.ofArray(new short[]{(short) 0x3fc0, (short) 0xff80});
        MemorySegment wide = MemorySegment.ofArray(new double[]{1.5, 1e300});
        assertThat(new StoredTensor("x", ElementType.F16, List.of(2L), half).toFloats()).containsExactly(1.5f, -65504f);
        assertThat(new StoredTensor("x", ElementType.BF16, List.of(2L), brain).toFloats()).containsExactly(1.5f, Float.NEGATIVE_INFINITY);
        assertThat(new StoredTensor("x", ElementType.F64, List.of(2L), wide).toFloats()).containsExactly(1.5f, Float.POSITIVE_INFINITY);
        assertThat(new StoredTensor("x", ElementType.F32, List.of(2L), segment(1.5f, Float.MIN_VALUE)).toFloats()).containsExactly(1.5f,
                Float.MIN_VALUE);
    }

    @Test
    void longsComeFromEveryWholeType() {
        assertThat(new StoredTensor("x", ElementType.I32, List.of(2L), MemorySegment.ofArray(new int[]{-1, 5})).toLongs()).containsExactly(
                -1, 5);
        assertThat(new StoredTensor("x", ElementType.U8, List.of(2L), MemorySegment.ofArray(new byte[]{-1, 5})).toLongs()).containsExactly(
                255, 5);
        assertThatThrownBy(() -> new StoredTensor("x", ElementType.F32, List.of(1L), segment(1f)).toLongs()).hasMessageContaining(
                "floating");
        assertThatThrownBy(() -> new StoredTensor("x", ElementType.U8, List.of(1L), MemorySegment.ofArray(new byte[1])).toFloats())
                .hasMessageContaining("whole");
    }

    @Test
    void moreThanTwoGigabytesInOneTensorAreWrittenAndMapped() {
        long bytes = (1L << 31) + 64;
        Path file = folder.resolve("large.safetensors");
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment data = arena.allocate(bytes, 64);
            data.set(ValueLayout.JAVA_BYTE, bytes - 1, (byte) 77);
            SafeTensors.write(file, List.of(new StoredTensor("large", ElementType.U8, List.of(bytes), data)), Map.of());
        }
        try (SafeTensors read = SafeTensors.open(file)) {
            assertThat(read.tensor("large").data().get(ValueLayout.JAVA_BYTE, bytes - 1)).isEqualTo((byte) 77);
            assertThatThrownBy(() -> read.tensor("large").toLongs()).hasMessageContaining("too many for one array");
        }
    }

    @Test
    void aFileCutAnywhereIsRefused() throws IOException {
        Path whole = folder.resolve("whole.safetensors");
        SafeTensors.write(whole, List.of(new StoredTensor("wte", ElementType.F32, List.of(2L, 2L), segment(1, 2, 3, 4))), Map.of());
        byte[] bytes = Files.readAllBytes(whole);
        for (int length = 0; length < bytes.length; length++) {
            Path cut = Files.write(folder.resolve("cut.safetensors"), Arrays.copyOf(bytes, length));
            assertThatThrownBy(() -> SafeTensors.open(cut)).as("cut to %s bytes", length).isInstanceOf(BadInputException.class)
                    .hasMessageContaining("cut.safetensors");
        }
        Path cut = Files.write(folder.resolve("cut.safetensors"), Arrays.copyOf(bytes, bytes.length - 1));
        assertThatThrownBy(() -> SafeTensors.open(cut)).hasMessageContaining("tensor wte").hasMessageContaining("truncated");
        Path longer = Files.write(folder.resolve("longer.safetensors"), Arrays.copyOf(bytes, bytes.length + 1));
        assertThatThrownBy(() -> SafeTensors.open(longer)).hasMessageContaining("17 follow the header");
    }

    @Test
    void aHeaderWithAnyOneByteChangedIsRefusedOrReadButNeverCrashes() throws IOException {
        Path whole = folder.resolve("whole.safetensors");
        SafeTensors.write(whole, List.of(new StoredTensor("wte", ElementType.F32, List.of(2L, 2L), segment(1, 2, 3, 4)),
                new StoredTensor("ids", ElementType.U8, List.of(3L), MemorySegment.ofArray(new byte[3]))), Map.of("k", "v"));
        byte[] bytes = Files.readAllBytes(whole);
        int refused = 0;
        for (int at = 0; at < bytes.length - 19; at++) {
            byte[] changed = bytes.clone();
            changed[at] ^= (byte) (1 + at % 100);
            Path file = Files.write(folder.resolve("changed.safetensors"), changed);
            try (SafeTensors read = SafeTensors.open(file)) {
                assertThat(read.names()).as("byte %s", at).hasSize(2);
            } catch (BadInputException e) {
                assertThat(e).hasMessageContaining("changed.safetensors");
                refused++;
            }
        }
        assertThat(refused).isGreaterThan(bytes.length / 3);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '\0', textBlock = """
            {"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}} | tensor b begins at byte 0
            {"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}} | tensor a begins at byte 4
            {"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}} | 8 follow the header
            {"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}} | takes 12 bytes
            {"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}} | which has only 8
            {"a":{"dtype":"F8","shape":[8],"data_offsets":[0,8]}} | tensor a has the dtype 'F8'
            {"a":{"shape":[8],"data_offsets":[0,8]}} | tensor a has the dtype ''
            {"a":{"dtype":"F32","data_offsets":[0,8]}} | tensor a has no shape
            {"a":{"dtype":"F32","shape":2,"data_offsets":[0,8]}} | tensor a has no shape
            {"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}} | tensor a has the shape
            {"a":{"dtype":"F32","shape":[2.5],"data_offsets":[0,8]}} | tensor a has the shape
            {"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,8]}} | too large
            {"a":{"dtype":"F32","shape":[99999999999999999999],"data_offsets":[0,8]}} | tensor a has the shape
            {"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}} | tensor a has the data_offsets
            {"a":{"dtype":"F32","shape":[2],"data_offsets":[0]}} | tensor a has the data_offsets
            {"a":{"dtype":"F32","shape":[2]}} | tensor a has no data_offsets
            {"a":7} | tensor a has the dtype
            {"":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}} | not a name
            {"a\\u0000":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}} | not a name
            {"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}} | not sound JSON
            [1,2] | not a JSON object
            {"a" | not sound JSON""")
    void anUnsoundHeaderIsNamed(String header, String complaint) throws IOException {
        Path file = file(header, new byte[8]);
        assertThatThrownBy(() -> SafeTensors.open(file)).isInstanceOf(BadInputException.class).hasMessageContaining("hand.safetensors")
                .hasMessageContaining(complaint);
    }

    @ParameterizedTest
    @ValueSource(longs = {0, -1, 1L << 40, Long.MAX_VALUE, Long.MIN_VALUE, 90_000_000})
    void anImpossibleHeaderLengthIsRefused(long length) throws IOException {
        Path file = file(length, "{}");
        assertThatThrownBy(() -> SafeTensors.open(file)).isInstanceOf(BadInputException.class).hasMessageContaining("hand.safetensors");
    }

    @Test
    void aMissingTensorAndAWrongShapeAreNamed() {
        Path file = folder.resolve("model.safetensors");
        SafeTensors.write(file, List.of(new StoredTensor("wte", ElementType.F32, List.of(2L, 2L), segment(1, 2, 3, 4))), Map.of());
        try (SafeTensors read = SafeTensors.open(file)) {
            assertThatThrownBy(() -> read.tensor("lm_head")).isInstanceOf(BadInputException.class).hasMessageContainingAll(
                    "model.safetensors",
                    "lm_head");
            assertThatThrownBy(() -> read.tensor("wte", ElementType.F32, List.of(4L))).isInstanceOf(BadInputException.class)
                    .hasMessageContainingAll("model.safetensors", "wte", "F32 [2, 2]", "F32 [4]");
            assertThatThrownBy(() -> read.tensor("wte", ElementType.BF16, List.of(2L, 2L))).isInstanceOf(BadInputException.class)
                    .hasMessageContaining("expected BF16");
        }
    }

    @Test
    void aMissingFileIsNamed() {
        assertThatThrownBy(() -> SafeTensors.open(folder.resolve("none.safetensors"))).isInstanceOf(BadInputException.class)
                .hasMessageContaining("none.safetensors");
    }

    @Test
    void wrongTensorsAreNotWritten() {
        assertThatThrownBy(() -> new StoredTensor("w", ElementType.F32, List.of(3L), segment(1, 2))).hasMessageContaining("12 bytes");
        assertThatThrownBy(() -> new StoredTensor("__metadata__", ElementType.F32, List.of(1L), segment(1))).hasMessageContaining(
                "not a name");
        StoredTensor tensor = new StoredTensor("w", ElementType.F32, List.of(1L), segment(1));
        assertThatThrownBy(() -> SafeTensors.write(folder.resolve("twice"), List.of(tensor, tensor), Map.of())).hasMessageContaining(
                "the name w");
        assertThat(folder.resolve("twice")).doesNotExist();
    }
}
