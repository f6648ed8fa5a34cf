package nanochat.data;

/// A document as token ids, bos first.
///
/// @param tokens the first of its tokens, as many of them as packing can use
/// @param length how many tokens the whole document has
/// @param position where it stands in its source
record TokenizedDocument(int[] tokens, int length, DocumentPosition position) {}
