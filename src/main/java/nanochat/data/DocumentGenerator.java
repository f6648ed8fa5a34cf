package nanochat.data;

/// Text made up on the fly, without end: split and index decide the document.
@FunctionalInterface
public interface DocumentGenerator {
    /// The same text for the same arguments, in every process.
    ///
    /// @param index counted from 0
    String document(Split split, long index);
}
