package nanochat.io;

import com.github.luben.zstd.ZstdInputStream;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPInputStream;

/// How a file of text is packed. Its first bytes decide, not its name: browsers unpack what they download and keep the name.
public enum Compression {
    NONE("not compressed"), GZIP("compressed with gzip"), ZSTD("compressed with zstd");

    private static final int BUFFER = 1 << 16;

    private final String words;

    Compression(String words) {
        this.words = words;
    }

    /// Of a file: RFC 1952 begins gzip with 1f 8b, RFC 8878 a zstd frame with 28 b5 2f fd.
    public static Compression of(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] magic = in.readNBytes(4);
            if (magic.length >= 2 && magic[0] == 0x1f && magic[1] == (byte) 0x8b) {
                return GZIP;
            }
            boolean zstd = magic.length == 4 && magic[0] == 0x28 && magic[1] == (byte) 0xb5 && magic[2] == 0x2f && magic[3] == (byte) 0xfd;
            return zstd ? ZSTD : NONE;
        }
    }

    /// The content of a file from its start, unpacked; several members or frames are one content.
    public InputStream open(Path file) throws IOException {
        InputStream in = Files.newInputStream(file);
        try {
            return switch (this) {
                case NONE -> in;
                case GZIP -> new GZIPInputStream(new BufferedInputStream(in, BUFFER), BUFFER);
                case ZSTD -> new ZstdInputStream(in);
            };
        } catch (IOException e) {
            in.close();
            throw e;
        }
    }

    @Override
    public String toString() {
        return words;
    }
}
