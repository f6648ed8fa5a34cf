package nanochat.data;

import java.util.ArrayDeque;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import nanochat.tokenizer.Tokenizer;

/// Training batches without end: B x T predictions each, epoch after epoch. One background thread reads, tokenizes and packs a few batches
/// ahead, so that training does not wait; which batches come does not depend on it.
///
/// [#state()] goes into the checkpoint. A loader resumed from it gives the batches that this one would have given.
public final class BatchLoader implements TrainingBatches<LoaderState> {
    private static final int BATCHES_AHEAD = 4;

    private final BatchPacker packer;
    private final ExecutorService background = Executors
            .newSingleThreadExecutor(Thread.ofPlatform().daemon().name("batch-loader").factory());
    private final Queue<Future<Packed>> ahead = new ArrayDeque<>(BATCHES_AHEAD);
    private LoaderState state;

    /// A batch and the state after it.
    private record Packed(Batch batch, LoaderState state) {}

    /// Starts with the first document.
    public BatchLoader(DocumentSource source, Tokenizer tokenizer, BatchLayout layout, Share share) {
        this(source, tokenizer, layout, share, Optional.empty());
    }

    /// Goes on where a loader was.
    ///
    /// @throws nanochat.io.BadInputException when the documents, the packing or the ranks are not those of the state
    public BatchLoader(DocumentSource source, Tokenizer tokenizer, BatchLayout layout, LoaderState state) {
        this(source, tokenizer, layout, state.share(), Optional.of(state));
    }

    private BatchLoader(DocumentSource source, Tokenizer tokenizer, BatchLayout layout, Share share, Optional<LoaderState> resumed) {
        packer = BatchPacker.training(source, tokenizer, layout, share);
        resumed.ifPresent(packer::restore);
        state = packer.state();
        for (int i = 0; i < BATCHES_AHEAD; i++) {
            ahead.add(background.submit(this::pack));
        }
    }

    private Packed pack() {
        Batch batch = packer.next().orElseThrow();
        return new Packed(batch, packer.state());
    }

    /// The next batch.
    ///
    /// @throws BadDocumentException when a document cannot be read; from then on every call throws it
    /// @throws nanochat.io.BadInputException when a file cannot be read, or all of them together do not fill one batch; from then on
    /// every call throws it
    @Override
    public Batch next() {
        if (background.isShutdown()) {
            throw new IllegalStateException("the loader is closed");
        }
        try {
            Packed packed = ahead.element().get();
            ahead.remove();
            ahead.add(background.submit(this::pack));
            state = packed.state();
            return packed.batch();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for a batch", e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Error error) {
                throw error;
            }
            throw e.getCause() instanceof RuntimeException cause ? cause : new IllegalStateException(e.getCause());
        }
    }

    @Override
    public LoaderState state() {
        return state;
    }

    /// Stops the background thread and closes the files.
    @Override
    public void close() {
        background.shutdownNow();
        try {
            background.awaitTermination(1, TimeUnit.MINUTES);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        packer.close();
    }
}
