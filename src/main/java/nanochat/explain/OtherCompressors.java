package nanochat.explain;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdCompressCtx;
import com.github.luben.zstd.ZstdDecompressCtx;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.zip.Deflater;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.tukaani.xz.LZMA2Options;
import org.tukaani.xz.XZInputStream;
import org.tukaani.xz.XZOutputStream;

/// What everybody packs text with, at its strongest, headers and checksums included.
enum OtherCompressors {
    GZIP("gzip -9") {
        @Override
        byte[] pack(byte[] text, byte[] known) throws IOException {
            ByteArrayOutputStream packed = new ByteArrayOutputStream();
            try (OutputStream out = new StrongestGzip(packed)) {
                out.write(text);
            }
            return packed.toByteArray();
        }

        @Override
        byte[] unpack(byte[] packed, byte[] known, int length) throws IOException {
            return new GZIPInputStream(new ByteArrayInputStream(packed)).readAllBytes();
        }
    },
    XZ("xz -9") {
        @Override
        byte[] pack(byte[] text, byte[] known) throws IOException {
            LZMA2Options options = new LZMA2Options(LZMA2Options.PRESET_MAX);
            options.setDictSize(Math.max(LZMA2Options.DICT_SIZE_MIN, text.length)); // more would only take memory
            ByteArrayOutputStream packed = new ByteArrayOutputStream();
            try (OutputStream out = new XZOutputStream(packed, options)) {
                out.write(text);
            }
            return packed.toByteArray();
        }

        @Override
        byte[] unpack(byte[] packed, byte[] known, int length) throws IOException {
            return new XZInputStream(new ByteArrayInputStream(packed)).readAllBytes();
        }
    },
    ZSTD("zstd -19") {
        @Override
        byte[] pack(byte[] text, byte[] known) {
            return Zstd.compress(text, STRONG);
        }

        @Override
        byte[] unpack(byte[] packed, byte[] known, int length) {
            return Zstd.decompress(packed, length);
        }
    },
    /// The same after it has read what the model has read: text to point back to.
    ZSTD_THAT_HAS_READ("zstd -19 -D") {
        @Override
        byte[] pack(byte[] text, byte[] known) {
            try (ZstdCompressCtx context = new ZstdCompressCtx()) {
                return context.setLevel(STRONG).loadDict(known).compress(text);
            }
        }

        @Override
        byte[] unpack(byte[] packed, byte[] known, int length) {
            try (ZstdDecompressCtx context = new ZstdDecompressCtx()) {
                return context.loadDict(known).decompress(packed, length);
            }
        }
    };

    private static final int STRONG = 19;

    private final String command;

    OtherCompressors(String command) {
        this.command = command;
    }

    abstract byte[] pack(byte[] text, byte[] known) throws IOException;

    abstract byte[] unpack(byte[] packed, byte[] known, int length) throws IOException;

    /// As one calls it at a terminal.
    String command() {
        return command;
    }

    /// How many bytes it makes of a text, which it then unpacks again.
    ///
    /// @param known what it may have read before
    /// @throws IllegalStateException when something else comes out
    int size(byte[] text, byte[] known) {
        try {
            byte[] packed = pack(text, known);
            if (!Arrays.equals(unpack(packed, known, text.length), text)) {
                throw new IllegalStateException(command + " has lost the text");
            }
            return packed.length;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static final class StrongestGzip extends GZIPOutputStream {
        StrongestGzip(OutputStream out) throws IOException {
            super(out);
            def.setLevel(Deflater.BEST_COMPRESSION);
        }
    }
}
