package nanochat.data;

import java.util.Optional;
import java.util.function.Consumer;
import nanochat.io.BadInputException;
import nanochat.tokenizer.Tokenizer;

/// The batches a model is validated on: the first tokens of the validation split, in the same order every time. Where the split has fewer
/// tokens than wanted, each of its documents is seen once; the last batch is then filled up with bos that has no target.
///
/// @param tokens how many predictions are wanted, rounded up to whole batches
public record ValidationBatches(DocumentSource source, Tokenizer tokenizer, BatchLayout layout, Share share, long tokens)
        implements
            Batches {
    @Override
    public void forEach(Consumer<Batch> action) {
        try (BatchPacker packer = BatchPacker.validation(source, tokenizer, layout, share)) {
            for (long seen = 0; seen < tokens; seen += (long) layout.rows() * layout.length()) {
                Optional<Batch> batch = packer.next();
                if (batch.isEmpty()) {
                    checkSeen(seen);
                    return;
                }
                action.accept(batch.get());
            }
        }
    }

    /// The first document of a split belongs to rank 0; other ranks may find none in a very small one.
    private void checkSeen(long seen) {
        if (seen == 0 && share.rank() == 0) {
            throw new BadInputException("There is no document to validate on in " + source);
        }
    }
}
