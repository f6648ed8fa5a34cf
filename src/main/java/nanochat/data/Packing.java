package nanochat.data;

/// How documents become rows of T+1 tokens (docs/formulas.md#data).
public enum Packing {
    /// Every row starts with bos; from a buffer of documents the largest that still fits is taken, again and again; when none fits, the
    /// shortest one is cropped to fill the row exactly.
    BESTFIT,
    /// The documents, each preceded by bos, are one stream that is cut every T tokens. Nothing is cropped; most rows start mid-document.
    STREAM,
    /// As [#STREAM], but every row of a batch has a stream of its own: it goes on where the same row of the batch before stopped. Documents are
    /// dealt in order, each whole to the row that is the next to need one.
    CONTINUED
}
