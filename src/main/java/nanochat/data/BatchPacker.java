package nanochat.data;

import java.util.Arrays;
import java.util.Optional;
import nanochat.data.corpus.Split;
import nanochat.io.BadInputException;
import nanochat.tokenizer.SpecialToken;
import nanochat.tokenizer.Tokenizer;

/// Packs documents into batches, on the thread that asks for them.
final class BatchPacker implements AutoCloseable {
    private final DocumentSource source;
    private final BatchLayout layout;
    private final Share share;
    private final int bos;
    private final TokenizedDocuments documents;
    private final Packer packer;
    private long packedTokens;
    private long croppedBefore;

    /// A packer of the endless training batches.
    static BatchPacker training(DocumentSource source, Tokenizer tokenizer, BatchLayout layout, Share share) {
        return new BatchPacker(source, tokenizer, layout, Split.TRAIN, share);
    }

    /// A packer of one epoch of validation batches.
    static BatchPacker validation(DocumentSource source, Tokenizer tokenizer, BatchLayout layout, Share share) {
        return new BatchPacker(source, tokenizer, layout, Split.VALIDATION, share);
    }

    private BatchPacker(DocumentSource source, Tokenizer tokenizer, BatchLayout layout, Split split, Share share) {
        this.source = source;
        this.layout = layout;
        this.share = share;
        bos = tokenizer.id(SpecialToken.BOS);
        documents = new TokenizedDocuments(source, tokenizer, layout, split, share);
        DocumentSupply supply = split == Split.TRAIN ? () -> Optional.of(documents.nextOfAnyEpoch()) : documents::nextOfEpoch;
        packer = Packer.of(layout.packing(), layout.rows(), supply);
    }

    /// Goes on where a packer of the same documents and packing was in `state`.
    ///
    /// @throws BadInputException when the documents, the packing or the ranks are not those of the state
    void restore(LoaderState state) {
        Fingerprints.check("data was", state.source(), state.stoppedAt().map(source::fingerprintBefore).orElseGet(source::fingerprint));
        check("packing", state.packing(), layout.packing());
        check("part of the data", state.share(), share);
        if (layout.packing() == Packing.CONTINUED && !state.buffered().isEmpty()) {
            check("number of rows in a micro-batch", state.buffered().size(), layout.rows());
        }
        packer.restore(documents.reread(state.buffered()), state.consumed());
        documents.seek(state.epoch(), state.next());
        packedTokens = state.packedTokens();
        croppedBefore = state.croppedTokens();
    }

    private static void check(String what, Object before, Object now) {
        if (!before.equals(now)) {
            throw new BadInputException("Cannot resume: the " + what + " was '" + before + "' when the checkpoint was written and is '"
                    + now
                    + "' now. Resume with the same " + what + ".");
        }
    }

    /// The next batch. After the end of an epoch that is not to be repeated the last batch is filled up with bos that has no target, and
    /// then there is none.
    Optional<Batch> next() {
        int length = layout.length();
        int[] inputs = new int[layout.rows() * length];
        int[] targets = new int[layout.rows() * length];
        Arrays.fill(inputs, bos);
        Arrays.fill(targets, Batch.IGNORED);
        int[] row = new int[layout.rowTokens()];
        boolean any = false;
        for (int r = 0; r < layout.rows(); r++) {
            int filled = packer.fill(row);
            if (filled > 1) {
                any = true;
                System.arraycopy(row, 0, inputs, r * length, Math.min(filled, length));
                System.arraycopy(row, 1, targets, r * length, filled - 1);
            }
            packedTokens += filled;
        }
        return any ? Optional.of(new Batch(layout.rows(), length, inputs, targets)) : Optional.empty();
    }

    /// After the batches given out so far.
    LoaderState state() {
        return new LoaderState(source.fingerprint(), layout.packing(), share, documents.epoch(), documents.position(), packer.buffered(),
                packer.consumed(), packedTokens, croppedBefore + packer.croppedTokens());
    }

    @Override
    public void close() {
        documents.close();
    }
}
