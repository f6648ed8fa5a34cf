package nanochat.data;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.Locale;
import java.util.NoSuchElementException;
import java.util.stream.Stream;
import nanochat.data.corpus.Split;
import nanochat.data.parquet.ParquetDocumentWriter;
import nanochat.io.BadInputException;

/// Repackages documents as Parquet shards, `shard_00000.parquet` and so on: the training documents in their order, and in the last shard
/// those of the validation split. So a run on the shards sees the same splits, in the same order, as one on the documents themselves.
///
/// @param folder where the shards go; created when missing
/// @param shardBytes a shard is complete when it has this many bytes of text (UTF-8, before compression)
public record ShardWriter(Path folder, long shardBytes) {
    public ShardWriter {
        if (shardBytes < 1) {
            throw new BadInputException("A shard must have room for text, not " + shardBytes + " bytes");
        }
    }

    /// What was written.
    ///
    /// @param shards files, the validation shard included
    /// @param documents in all of them
    /// @param textBytes of all documents, before compression
    public record Result(int shards, long documents, long textBytes) {
        private Result plus(Result other) {
            return new Result(shards + other.shards, documents + other.documents, textBytes + other.textBytes);
        }
    }

    /// Writes all documents, or the first `limit` training documents and a fiftieth as many to validate on. Each shard appears whole or
    /// not at all.
    ///
    /// @throws BadInputException when the folder holds shards already, a split is empty, or something cannot be read or written
    public Result write(DocumentSource source, long limit) {
        checkNoShards();
        Result training = write(source, Split.TRAIN, limit, 0);
        long validationLimit = Math.max(1, limit / FileDocuments.HOLD_OUT_EVERY);
        return training.plus(new ShardWriter(folder, Long.MAX_VALUE).write(source, Split.VALIDATION, validationLimit, training.shards));
    }

    private void checkNoShards() {
        if (!Files.isDirectory(folder)) {
            return;
        }
        try (Stream<Path> inside = Files.list(folder)) {
            if (inside.anyMatch(file -> FileFormat.of(file).isPresent())) {
                throw new BadInputException("The folder " + folder + " holds documents already. Name a new one.");
            }
        } catch (IOException e) {
            throw FileContent.unreadable(folder, e);
        }
    }

    private Result write(DocumentSource source, Split split, long limit, int firstShard) {
        int shard = firstShard;
        try (DocumentReader reader = source.read(split, Share.WHOLE, source.start(split))) {
            Texts texts = new Texts(reader.texts(), limit);
            while (texts.startShard(shardBytes)) {
                ParquetDocumentWriter.write(folder.resolve(String.format(Locale.ROOT, "shard_%05d.parquet", shard)), texts);
                shard++;
            }
            if (shard == firstShard) {
                throw new BadInputException("There is no document to " + (split == Split.TRAIN ? "train" : "validate") + " on in "
                        + source);
            }
            return new Result(shard - firstShard, texts.documents, texts.bytes);
        }
    }

    /// The texts of one shard after the other.
    private static final class Texts implements Iterator<String> {
        private final Iterator<String> all;
        private final long limit;
        private long documents;
        private long bytes;
        private long shardEnd;

        Texts(Iterator<String> all, long limit) {
            this.all = all;
            this.limit = limit;
        }

        /// Goes on for `room` bytes more; false when there are no more texts.
        boolean startShard(long room) {
            shardEnd = bytes > Long.MAX_VALUE - room ? Long.MAX_VALUE : bytes + room;
            return hasNext();
        }

        @Override
        public boolean hasNext() {
            return bytes < shardEnd && documents < limit && all.hasNext();
        }

        @Override
        public String next() {
            if (!hasNext()) {
                throw new NoSuchElementException();
            }
            String text = all.next();
            documents++;
            bytes += text.getBytes(StandardCharsets.UTF_8).length;
            return text;
        }
    }
}
