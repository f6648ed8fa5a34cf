package nanochat.data.parquet;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.Map;
import nanochat.io.AtomicFile;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.conf.ParquetConfiguration;
import org.apache.parquet.conf.PlainParquetConfiguration;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.api.WriteSupport;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.io.OutputFile;
import org.apache.parquet.io.PositionOutputStream;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.io.api.RecordConsumer;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.apache.parquet.schema.Types;

/// Writes Parquet files of documents: one column `text`, zstd, with checksums. A row group has at most 1024 documents and about 8 MiB
/// of compressed pages, so readers need little memory and ranks can share a file.
public final class ParquetDocumentWriter {
    private static final String COLUMN = "text";
    private static final int DOCUMENTS_IN_ROW_GROUP = 1024;
    private static final long BYTES_IN_ROW_GROUP = 8 << 20;

    private ParquetDocumentWriter() {
    }

    /// Writes a file, whole or not at all, with memory for one row group.
    ///
    /// @throws nanochat.io.BadInputException when the file cannot be written
    public static void write(Path target, Iterator<String> documents) {
        AtomicFile.write(target, out -> {
            try (ParquetWriter<String> writer = new Builder(new StreamFile(out)).build()) {
                while (documents.hasNext()) {
                    writer.write(documents.next());
                }
            }
        });
    }

    private static final class Builder extends ParquetWriter.Builder<String, Builder> {
        Builder(OutputFile file) {
            super(file);
            withConf(new PlainParquetConfiguration());
            withCodecFactory(new PageCodecs());
            withCompressionCodec(CompressionCodecName.ZSTD);
            withDictionaryEncoding(false);
            withStatisticsEnabled(false);
            withPageWriteChecksumEnabled(true);
            withRowGroupRowCountLimit(DOCUMENTS_IN_ROW_GROUP);
            withRowGroupSize(BYTES_IN_ROW_GROUP);
            // looks at the size after every document: a few huge ones must not grow a row group beyond it
            withMinRowCountForPageSizeCheck(1);
            withMaxRowCountForPageSizeCheck(1);
        }

        @Override
        protected Builder self() {
            return this;
        }

        @Override
        @SuppressWarnings("deprecation") // abstract there, replaced by the one below
        protected WriteSupport<String> getWriteSupport(Configuration configuration) {
            return new TextColumn();
        }

        @Override
        protected WriteSupport<String> getWriteSupport(ParquetConfiguration configuration) {
            return new TextColumn();
        }
    }

    private static final class TextColumn extends WriteSupport<String> {
        private static final MessageType SCHEMA = Types.buildMessage().required(PrimitiveTypeName.BINARY)
                .as(LogicalTypeAnnotation.stringType()).named(COLUMN).named("documents");

        @SuppressWarnings("NullAway.Init") // the library calls prepareForWrite before write
        private RecordConsumer consumer;

        @Override
        @SuppressWarnings("deprecation") // abstract there, replaced by the one below
        public WriteContext init(Configuration configuration) {
            return new WriteContext(SCHEMA, Map.of());
        }

        @Override
        public WriteContext init(ParquetConfiguration configuration) {
            return new WriteContext(SCHEMA, Map.of());
        }

        @Override
        public void prepareForWrite(RecordConsumer recordConsumer) {
            consumer = recordConsumer;
        }

        @Override
        public void write(String text) {
            consumer.startMessage();
            consumer.startField(COLUMN, 0);
            consumer.addBinary(Binary.fromString(text));
            consumer.endField(COLUMN, 0);
            consumer.endMessage();
        }
    }

    /// The stream that [AtomicFile] gives, as the library wants it.
    private record StreamFile(OutputStream out) implements OutputFile {
        @Override
        public PositionOutputStream create(long blockSize) {
            return new CountingStream(out);
        }

        @Override
        public PositionOutputStream createOrOverwrite(long blockSize) {
            return create(blockSize);
        }

        @Override
        public boolean supportsBlockSize() {
            return false;
        }

        @Override
        public long defaultBlockSize() {
            return 0;
        }
    }

    private static final class CountingStream extends PositionOutputStream {
        private final OutputStream out;
        private long position;

        CountingStream(OutputStream out) {
            this.out = out;
        }

        @Override
        public long getPos() {
            return position;
        }

        @Override
        public void write(int b) throws IOException {
            out.write(b);
            position++;
        }

        @Override
        public void write(byte[] bytes, int from, int length) throws IOException {
            out.write(bytes, from, length);
            position += length;
        }

        @Override
        public void flush() throws IOException {
            out.flush();
        }
    }
}
