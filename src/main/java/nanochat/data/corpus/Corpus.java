package nanochat.data.corpus;

import java.util.stream.LongStream;
import java.util.stream.Stream;

/// Built-in documents without end, of one language or of several. Seed, split and index decide the text of a document, so any part can be had at any
/// time, in any order, on any number of threads. What training never sees, validation shows.
public sealed interface Corpus permits BuiltInCorpus, ChineseCorpus, CorpusOfBoth {
    /// The text of document `index` of a split. The same for the same seed, split and index, always.
    String document(Split split, long index);

    /// All documents of a split in order, from the first; the stream ends only after 2^63 of them.
    default Stream<String> documents(Split split) {
        return LongStream.range(0, Long.MAX_VALUE).mapToObj(index -> document(split, index));
    }
}
