package nanochat.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import nanochat.data.Packing;
import nanochat.eval.CoreScore;
import nanochat.eval.CoreScores;
import nanochat.io.BadInputException;
import nanochat.io.Machine;
import nanochat.model.GptConfigFields;
import nanochat.optim.OptimizerSettings;
import nanochat.tensor.DType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Event files are read by the rules of their format: frames with two checksums, fields of protocol buffers, the numbers that TensorFlow's
/// `event.proto` and `summary.proto` give them.
class TensorBoardLogTest {
    /// With these bytes begins every event file of TensorFlow: the length of its first record, 24, and the checksum of that.
    private static final String TENSORFLOW = "1800000000000000a37f4b22";

    @TempDir
    Path folder;

    /// One event as it stands in a file.
    private record Event(double wallTime, long step, String version, long status, Map<String, Float> scalars) {}

    private static RunEvent.Started started(int step) {
        PretrainingPlan plan = PretrainingPlan.of(new PretrainingOptions(new PretrainingOptions.ModelDials(2, 16, 16, 64, "SL"),
                new PretrainingOptions.Horizon(400, -1, -1), new PretrainingOptions.BatchSizes(4, 256), OptimizerSettings.DEFAULT,
                new PretrainingOptions.Warmth(10, 0.5, 0.05), new PretrainingOptions.Cadence(50, 1024, 50, -1), Packing.BESTFIT,
                DType.F32, 7), 300);
        return new RunEvent.Started(step, "0", Machine.current(), "cpu", GptConfigFields.of(plan.config()), plan, Map.of());
    }

    private static RunEvent.Stepped stepped(int step, double loss) {
        return new RunEvent.Stepped(step, loss, loss + 0.5, 0.25, 100, 2560, 1.25, 1, 3, 7, Optional.of(3L << 30));
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.sorted().toList();
        }
    }

    private static List<Event> read(Path file) throws IOException {
        ByteBuffer in = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        List<Event> events = new ArrayList<>();
        while (in.hasRemaining()) {
            byte[] length = take(in, 8);
            assertThat(in.getInt()).as("checksum of a length").isEqualTo(masked(length));
            byte[] record = take(in, (int) ByteBuffer.wrap(length).order(ByteOrder.LITTLE_ENDIAN).getLong());
            assertThat(in.getInt()).as("checksum of a record").isEqualTo(masked(record));
            events.add(event(record));
        }
        return events;
    }

    private static byte[] take(ByteBuffer in, int count) {
        byte[] bytes = new byte[count];
        in.get(bytes);
        return bytes;
    }

    /// As TensorFlow writes it: `((crc >> 15) | (crc << 17)) + 0xa282ead8`, in 32 bits.
    private static int masked(byte[] bytes) {
        CRC32C checksum = new CRC32C();
        checksum.update(bytes);
        long crc = checksum.getValue();
        return (int) ((crc >> 15 | crc << 17) + 0xa282ead8L);
    }

    private static Event event(byte[] record) {
        double wallTime = 0;
        long step = 0;
        String version = "";
        long status = 0;
        Map<String, Float> scalars = new LinkedHashMap<>();
        for (Map.Entry<Integer, Object> field : fields(record)) {
            switch (field.getKey()) {
                case 1 -> wallTime = Double.longBitsToDouble((long) field.getValue());
                case 2 -> step = (long) field.getValue();
                case 3 -> version = text(field.getValue());
                case 5 -> fields((byte[]) field.getValue()).forEach(value -> {
                    assertThat(value.getKey()).isEqualTo(1);
                    List<Map.Entry<Integer, Object>> parts = fields((byte[]) value.getValue());
                    assertThat(parts).extracting(Map.Entry::getKey).containsExactly(1, 2);
                    scalars.put(text(parts.getFirst().getValue()), Float.intBitsToFloat((int) parts.getLast().getValue()));
                });
                case 7 -> status = (long) fields((byte[]) field.getValue()).getFirst().getValue();
                default -> throw new AssertionError("field " + field.getKey());
            }
        }
        return new Event(wallTime, step, version, status, scalars);
    }

    private static String text(Object bytes) {
        return new String((byte[]) bytes, StandardCharsets.UTF_8);
    }

    private static List<Map.Entry<Integer, Object>> fields(byte[] message) {
        ByteBuffer in = ByteBuffer.wrap(message).order(ByteOrder.LITTLE_ENDIAN);
        List<Map.Entry<Integer, Object>> fields = new ArrayList<>();
        while (in.hasRemaining()) {
            long key = varint(in);
            Object value = switch ((int) (key & 7)) {
                case 0 -> varint(in);
                case 1 -> in.getLong();
                case 2 -> take(in, (int) varint(in));
                case 5 -> in.getInt();
                default -> throw new AssertionError("wire type " + (key & 7));
            };
            fields.add(Map.entry((int) (key >> 3), value));
        }
        return fields;
    }

    private static long varint(ByteBuffer in) {
        long value = 0;
        for (int shift = 0; true; shift += 7) {
            byte next = in.get();
            value |= (next & 0x7fL) << shift;
            if (next >= 0) {
                return value;
            }
        }
    }

    @Test
    void everyNumberOfTheJournalIsAScalarOfItsStep() throws IOException {
        double before = Instant.now().toEpochMilli() / 1000.0;
        RunListener log = new TensorBoardLog(folder);
        log.on(started(0));
        log.on(stepped(0, 5));
        log.on(stepped(300, 4));
        log.on(new RunEvent.Evaluated(301, 1.5, 1000, 4000, 2));
        log.on(new RunEvent.Saved(301, folder));
        log.on(new RunEvent.CoreMeasured(301, new CoreScores(0.125, Map.of("piqa", new CoreScore(0.5, 0.25, 10))), 9));
        log.on(new RunEvent.PassMeasured(301, new PassScores(4, List.of(0.5, 0.75), 0.5), List.of(new RunEvent.ShownAnswer("q", "a", 1,
                true)), 1));
        log.on(new RunEvent.Stopped(301));

        assertThat(files()).hasSize(1);
        assertThat(files().getFirst().getFileName().toString()).as("TensorBoard knows them by this").contains("tfevents");
        byte[] bytes = Files.readAllBytes(files().getFirst());
        assertThat(HexFormat.of().formatHex(bytes, 0, 12)).isEqualTo(TENSORFLOW);
        List<Event> events = read(files().getFirst());
        assertThat(events).extracting(Event::version).startsWith("brain.Event:2", "").hasSize(7);
        assertThat(events).extracting(Event::step).containsExactly(0L, 0L, 0L, 300L, 301L, 301L, 301L);
        assertThat(events).extracting(Event::status).containsExactly(0L, 1L, 0L, 0L, 0L, 0L, 0L);
        assertThat(events).allSatisfy(event -> assertThat(event.wallTime()).isBetween(before, before + 60));
        assertThat(events.get(3).scalars()).containsEntry("step/loss", 4f).containsEntry("step/smooth_loss", 4.5f)
                .containsEntry("step/learning_rate_multiplier", 0.25f).containsEntry("step/tokens_per_second", 2560f)
                .containsEntry("step/memory_bytes", (float) (3L << 30)).doesNotContainKey("step/step");
        assertThat(events.get(4).scalars()).containsEntry("evaluation/bits_per_byte", 1.5f);
        assertThat(events.get(5).scalars()).containsEntry("core/core/core", 0.125f).containsEntry("core/core/tasks/piqa/centred", 0.25f);
        assertThat(events.get(6).scalars()).containsEntry("pass/scores/pass_at/1", 0.5f).containsEntry("pass/scores/pass_at/2", 0.75f)
                .doesNotContainKey("pass/answers/1/reward");
    }

    /// TensorBoard shows nothing of steps that an earlier file has at or after the step of a session's start.
    @Test
    void aRunThatGoesOnWritesAFileOfItsOwnThatSaysFromWhere() throws Exception {
        RunListener first = new TensorBoardLog(folder);
        first.on(started(0));
        first.on(stepped(0, 5));
        first.on(stepped(1, 5));
        byte[] before = Files.readAllBytes(files().getFirst());
        Thread.sleep(2); // names tell milliseconds
        RunListener second = new TensorBoardLog(folder);
        second.on(started(1));
        second.on(stepped(1, 4));

        assertThat(files()).hasSize(2);
        assertThat(Files.readAllBytes(files().getFirst())).isEqualTo(before);
        List<Event> events = read(files().getLast());
        assertThat(events.get(1).status()).isEqualTo(1);
        assertThat(events.get(1).step()).isEqualTo(1);
        assertThat(events.get(2).scalars()).containsEntry("step/loss", 4f);
    }

    @Test
    void nothingIsWrittenBeforeTheRunHasBegun() throws IOException {
        new TensorBoardLog(folder).on(stepped(0, 5));
        assertThat(files()).isEmpty();
    }

    @Test
    void aFolderThatCannotBeWrittenToIsNamed() {
        Path missing = folder.resolve("missing");
        assertThatThrownBy(() -> new TensorBoardLog(missing).on(started(0))).isInstanceOf(BadInputException.class)
                .hasMessageContaining("Cannot write " + missing);
    }
}
