package nanochat.data;

import java.util.List;

/// Fills rows with the tokens of documents. What a packer holds back for later rows is part of the loader's state.
sealed interface Packer permits BestFitPacker, StreamPacker, RowStreams {
    /// The packer of a kind.
    ///
    /// @param rows of a batch
    static Packer of(Packing packing, int rows, DocumentSupply supply) {
        return switch (packing) {
            case BESTFIT -> new BestFitPacker(supply);
            case STREAM -> new StreamPacker(supply);
            case CONTINUED -> new RowStreams(rows, supply);
        };
    }

    /// Fills `row` from its start and returns how many tokens that are: all of `row` as long as there are documents. After the last
    /// document the rest comes: a shorter row, then 0 for ever.
    int fill(int[] row);

    /// The documents taken from the source and not used up, in the order in which [#restore] wants them.
    List<DocumentPosition> buffered();

    /// How many tokens of the first buffered documents are used up; of the others, none.
    List<Integer> consumed();

    /// Makes a fresh packer go on where another one was when it gave `buffered` and `consumed`.
    void restore(List<TokenizedDocument> buffered, List<Integer> consumed);

    /// Tokens dropped so far because their document was cropped.
    long croppedTokens();
}
