package nanochat.train;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.Map;
import java.util.zip.CRC32C;
import nanochat.io.BadInputException;

/// An event file of TensorBoard: [TFRecord](https://www.tensorflow.org/tutorials/load_data/tfrecord) frames, each of which holds an `Event` in
/// the [encoding of protocol buffers](https://protobuf.dev/programming-guides/encoding/). The few fields that are needed are written by hand; their
/// numbers are those of TensorBoard's `event.proto` and `summary.proto`.
///
/// The file is opened for every event: a step takes far longer, and a run that is killed leaves nothing open or unwritten.
final class TensorBoardFile {
    private static final int MASK = 0xa282ead8;

    private final Path file;

    private TensorBoardFile(Path file) {
        this.file = file;
    }

    /// Begins a file, whose name comes after those of earlier ones: TensorBoard reads them in the order of their names.
    ///
    /// @param step from which the run goes on, or 0
    static TensorBoardFile begin(Path folder, Instant now, int step) {
        TensorBoardFile begun = new TensorBoardFile(folder.resolve("events.out.tfevents." + now.toEpochMilli() + ".nanochat"));
        begun.write(event(now, 0, new Message().text(3, "brain.Event:2")), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        Message start = new Message().varint(1, 1);
        begun.write(event(now, step, new Message().message(7, start)), StandardOpenOption.APPEND);
        return begun;
    }

    /// What was so at a step, by name.
    void append(Instant now, int step, Map<String, Double> scalars) {
        Message summary = new Message();
        scalars.forEach((name, value) -> summary.message(1, new Message().text(1, name).fixed32(2, Float.floatToIntBits(value
                .floatValue()))));
        write(event(now, step, new Message().message(5, summary)), StandardOpenOption.APPEND);
    }

    private static Message event(Instant now, int step, Message what) {
        Message event = new Message().fixed64(1, Double.doubleToLongBits(now.toEpochMilli() / 1000.0));
        if (step != 0) {
            event.varint(2, step);
        }
        return event.join(what);
    }

    /// A frame is the length of the record, a checksum of that, the record, and a checksum of it; all little-endian.
    private void write(Message record, OpenOption... how) {
        byte[] data = record.bytes();
        byte[] length = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(data.length).array();
        ByteBuffer frame = ByteBuffer.allocate(length.length + data.length + 8).order(ByteOrder.LITTLE_ENDIAN);
        frame.put(length).putInt(checksum(length)).put(data).putInt(checksum(data));
        try {
            Files.write(file, frame.array(), how);
        } catch (IOException e) {
            throw new BadInputException("Cannot write " + file + ": " + e.getMessage(), e);
        }
    }

    /// CRC-32C, turned by 15 bits and moved, so that data with checksums in it have one of their own.
    private static int checksum(byte[] data) {
        CRC32C crc = new CRC32C();
        crc.update(data);
        return Integer.rotateRight((int) crc.getValue(), 15) + MASK;
    }

    /// A message of protocol buffers: fields, each after its number and how it is encoded.
    private static final class Message {
        private static final int VARINT = 0;
        private static final int FIXED64 = 1;
        private static final int BYTES = 2;
        private static final int FIXED32 = 5;

        private final ByteArrayOutputStream out = new ByteArrayOutputStream();

        byte[] bytes() {
            return out.toByteArray();
        }

        Message join(Message more) {
            out.writeBytes(more.bytes());
            return this;
        }

        Message varint(int field, long value) {
            number(field << 3 | VARINT);
            return number(value);
        }

        Message fixed64(int field, long bits) {
            number(field << 3 | FIXED64);
            return fixed(Long.BYTES, bits);
        }

        Message fixed32(int field, int bits) {
            number(field << 3 | FIXED32);
            return fixed(Integer.BYTES, bits);
        }

        Message text(int field, String text) {
            return bytes(field, text.getBytes(StandardCharsets.UTF_8));
        }

        Message message(int field, Message inner) {
            return bytes(field, inner.bytes());
        }

        private Message bytes(int field, byte[] content) {
            number(field << 3 | BYTES);
            number(content.length);
            out.writeBytes(content);
            return this;
        }

        /// Seven bits a byte, the lowest first; all but the last have the highest bit set.
        private Message number(long value) {
            long rest = value;
            for (; rest >>> 7 != 0; rest >>>= 7) {
                out.write((int) (rest & 0x7f | 0x80));
            }
            out.write((int) rest);
            return this;
        }

        private Message fixed(int bytes, long bits) {
            for (int i = 0; i < bytes; i++) {
                out.write((int) (bits >>> 8 * i));
            }
            return this;
        }
    }
}
