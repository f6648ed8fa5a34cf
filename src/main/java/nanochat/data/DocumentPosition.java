package nanochat.data;

/// Where a document starts in its source: enough to read the same document again, and to read on from there.
///
/// @param file which of the source's files, counted from 0
/// @param offset where in the file: the byte in `.txt` and `.jsonl`, the row in `.parquet`; of generated text, the document's index
/// @param index how many documents of the source's split, held-out ones included, come before it
public record DocumentPosition(int file, long offset, long index) {
    public DocumentPosition {
        if (file < 0 || offset < 0 || index < 0) {
            throw new IllegalArgumentException("no document is at file " + file + ", offset " + offset + ", index " + index);
        }
    }
}
