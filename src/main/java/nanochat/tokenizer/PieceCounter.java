package nanochat.tokenizer;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/// Counts the distinct pieces of a stream of documents on several threads. The calling thread reads the documents; only a few batches
/// of them are in memory at a time.
final class PieceCounter {
    private static final int BATCH_CHARACTERS = 1 << 20;

    private final TrainerOptions options;
    private final TrainingProgress progress;
    private final ConcurrentLinkedQueue<Worker> idle = new ConcurrentLinkedQueue<>();
    private final ArrayDeque<Future<?>> running = new ArrayDeque<>();
    private long characters;

    PieceCounter(TrainerOptions options, TrainingProgress progress) {
        this.options = options;
        this.progress = progress;
    }

    /// What one thread needs; it counts for itself, so nothing is locked.
    private static final class Worker {
        private final PieceScanner scanner = new PieceScanner();
        private final PieceCounts counts = new PieceCounts();

        void count(List<String> documents) {
            for (String document : documents) {
                scanner.reset(document);
                while (scanner.next()) {
                    counts.add(scanner.bytes(), scanner.start(), scanner.end(), 1);
                }
            }
        }
    }

    /// The number of characters (code points) of the documents counted, each cut to the longest allowed.
    long characters() {
        return characters;
    }

    /// Reads `documents` until they end or the characters asked for are there.
    PieceCounts count(Iterator<String> documents) {
        List<Worker> workers = new ArrayList<>();
        for (int i = 0; i < options.threads(); i++) {
            workers.add(new Worker());
        }
        idle.addAll(workers);
        try (ExecutorService pool = Executors.newFixedThreadPool(options.threads(), Thread.ofPlatform().daemon().name("count-", 0)
                .factory())) {
            readAll(documents, pool);
        }
        PieceCounts all = workers.getFirst().counts;
        for (Worker worker : workers.subList(1, workers.size())) {
            all.addAll(worker.counts);
        }
        return all;
    }

    private void readAll(Iterator<String> documents, ExecutorService pool) {
        List<String> batch = new ArrayList<>();
        int batchCharacters = 0;
        while (characters < options.maxCharacters() && documents.hasNext()) {
            String document = cut(documents.next());
            characters += document.codePointCount(0, document.length());
            batch.add(document);
            batchCharacters += document.length();
            if (batchCharacters >= BATCH_CHARACTERS) {
                submit(batch, pool);
                batch = new ArrayList<>();
                batchCharacters = 0;
                progress.counted(characters);
            }
        }
        submit(batch, pool);
        while (!running.isEmpty()) {
            await(running.remove());
        }
        progress.counted(characters);
    }

    private String cut(String document) {
        int longest = options.maxDocumentCharacters();
        if (document.length() <= longest || document.codePointCount(0, document.length()) <= longest) {
            return document;
        }
        return document.substring(0, document.offsetByCodePoints(0, longest));
    }

    private void submit(List<String> batch, ExecutorService pool) {
        if (running.size() >= 2 * options.threads()) {
            await(running.remove());
        }
        running.add(pool.submit(() -> {
            Worker worker = idle.remove();
            worker.count(batch);
            idle.add(worker);
        }));
    }

    private static void await(Future<?> batch) {
        try {
            batch.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw new IllegalStateException("counting pieces failed", e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while counting pieces", e);
        }
    }
}
