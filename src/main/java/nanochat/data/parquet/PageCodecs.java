package nanochat.data.parquet;

import com.github.luben.zstd.Zstd;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.apache.parquet.bytes.BytesInput;
import org.apache.parquet.compression.CompressionCodecFactory;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.xerial.snappy.Snappy;

/// Compresses pages with zstd, snappy, gzip or not at all, and decompresses those and LZ4. In place of the library's own, which need Hadoop.
final class PageCodecs implements CompressionCodecFactory {
    private static final int ZSTD_LEVEL = 3;

    @Override
    public BytesInputCompressor getCompressor(CompressionCodecName name) {
        return new Compressor(name);
    }

    @Override
    public BytesInputDecompressor getDecompressor(CompressionCodecName name) {
        return new Decompressor(name);
    }

    @Override
    public void release() {
        // nothing is held
    }

    /// Whether pages of this codec can be read.
    static boolean isSupported(CompressionCodecName name) {
        return switch (name) {
            case UNCOMPRESSED, SNAPPY, GZIP, ZSTD, LZ4, LZ4_RAW -> true;
            case LZO, BROTLI -> false;
        };
    }

    private static UnsupportedOperationException unsupported(CompressionCodecName name) {
        return new UnsupportedOperationException("pages compressed with " + name + " are not supported");
    }

    private record Compressor(CompressionCodecName name) implements BytesInputCompressor {
        @Override
        public BytesInput compress(BytesInput page) throws IOException {
            byte[] bytes = page.toInputStream().readAllBytes();
            return BytesInput.from(switch (name) {
                case UNCOMPRESSED -> bytes;
                case ZSTD -> Zstd.compress(bytes, ZSTD_LEVEL);
                case SNAPPY -> Snappy.compress(bytes);
                case GZIP -> gzip(bytes);
                case LZO, BROTLI, LZ4, LZ4_RAW -> throw unsupported(name);
            });
        }

        private static byte[] gzip(byte[] bytes) throws IOException {
            ByteArrayOutputStream compressed = new ByteArrayOutputStream();
            try (GZIPOutputStream out = new GZIPOutputStream(compressed)) {
                out.write(bytes);
            }
            return compressed.toByteArray();
        }

        @Override
        public CompressionCodecName getCodecName() {
            return name;
        }

        @Override
        public void release() {
            // nothing is held
        }
    }

    private record Decompressor(CompressionCodecName name) implements BytesInputDecompressor {
        /// @param size of the page as its header claims; no memory is taken before the compressed bytes confirm it
        @Override
        public BytesInput decompress(BytesInput compressed, int size) throws IOException {
            return BytesInput.from(decompress(compressed.toInputStream().readAllBytes(), size));
        }

        @Override
        public void decompress(ByteBuffer compressed, int compressedSize, ByteBuffer page, int size) throws IOException {
            byte[] bytes = new byte[compressedSize];
            compressed.get(bytes);
            page.put(decompress(bytes, size));
        }

        private byte[] decompress(byte[] compressed, int size) throws IOException {
            byte[] page = switch (name) {
                case UNCOMPRESSED -> compressed;
                case ZSTD -> zstd(compressed, size);
                case SNAPPY -> {
                    check(Snappy.uncompressedLength(compressed), size);
                    yield Snappy.uncompress(compressed);
                }
                case GZIP -> {
                    try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(compressed))) {
                        yield in.readNBytes(size);
                    }
                }
                case LZ4_RAW -> Lz4.block(compressed, size);
                case LZ4 -> Lz4.hadoop(compressed, size);
                case LZO, BROTLI -> throw unsupported(name);
            };
            check(page.length, size);
            return page;
        }

        private static byte[] zstd(byte[] compressed, int size) throws IOException {
            // a frame need not say how long its content is: -1 then
            long contentSize = Zstd.getFrameContentSize(compressed);
            if (contentSize >= 0) {
                check(contentSize, size);
            }
            byte[] page = new byte[size];
            long length = Zstd.decompress(page, compressed);
            if (Zstd.isError(length)) {
                throw new IOException("a page is damaged: " + Zstd.getErrorName(length));
            }
            check(length, size);
            return page;
        }

        private static void check(long actual, int expected) throws IOException {
            if (actual != expected) {
                throw new IOException("a page is damaged: its header says " + expected + " bytes, it has " + actual);
            }
        }

        @Override
        public void release() {
            // nothing is held
        }
    }
}
