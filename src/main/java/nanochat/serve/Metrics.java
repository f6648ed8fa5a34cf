package nanochat.serve;

import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.LongAdder;

/// What the server counts, in Prometheus' text format.
final class Metrics {
    private final Map<String, LongAdder> requests = new ConcurrentSkipListMap<>();
    private final LongAdder promptTokens = new LongAdder();
    private final LongAdder cachedTokens = new LongAdder();
    private final LongAdder generatedTokens = new LongAdder();
    private final LongAdder dropped = new LongAdder();
    private final Histogram firstToken = new Histogram(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30);
    private final Histogram nextToken = new Histogram(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1);

    /// An answered or refused request.
    ///
    /// @param endpoint as it was matched, so that nobody can make up new ones
    void countRequest(String endpoint, int status) {
        requests.computeIfAbsent("endpoint=\"" + endpoint + "\",status=\"" + status + "\"", _ -> new LongAdder()).increment();
    }

    /// A client that left, or did not read, before its answer was complete.
    void countDropped() {
        dropped.increment();
    }

    void countTokens(Usage usage) {
        promptTokens.add(usage.promptTokens());
        cachedTokens.add(usage.promptTokensDetails().cachedTokens());
        generatedTokens.add(usage.completionTokens());
    }

    void observeFirstToken(double seconds) {
        firstToken.observe(seconds);
    }

    void observeNextToken(double seconds) {
        nextToken.observe(seconds);
    }

    /// The whole text.
    ///
    /// @param load what is so at this moment
    String text(Load load) {
        StringBuilder out = new StringBuilder();
        head(out, "nanochat_requests_total", "counter", "Requests by endpoint and status.");
        requests.forEach((labels, count) -> out.append("nanochat_requests_total{").append(labels).append("} ").append(count.sum())
                .append('\n'));
        value(out, "nanochat_prompt_tokens_total", "counter", "Tokens of prompts.", promptTokens.sum());
        value(out, "nanochat_cached_tokens_total", "counter", "Tokens of prompts that were in the cache.", cachedTokens.sum());
        value(out, "nanochat_generated_tokens_total", "counter", "Tokens of answers.", generatedTokens.sum());
        value(out, "nanochat_dropped_total", "counter", "Requests whose client left before the answer was complete.", dropped.sum());
        value(out, "nanochat_answers_inside", "gauge", "Answers under way and waiting.", load.answersInside());
        value(out, "nanochat_rows", "gauge", "Rows of the batch under way.", load.rows());
        value(out, "nanochat_kv_reserved_bytes", "gauge", "Keys and values set aside for answers under way.", load.reservedBytes());
        value(out, "nanochat_kv_pages", "gauge", "Pages of keys and values that answers under way hold.", load.pages());
        value(out, "nanochat_kv_kept_pages", "gauge", "Pages that are kept for prompts that begin alike.", load.keptPages());
        value(out, "nanochat_kv_allocated_bytes", "gauge", "Keys and values in memory, kept beginnings included.", load.allocatedBytes());
        value(out, "nanochat_kv_limit_bytes", "gauge", "The most that keys and values ever take.", load.mostBytes());
        firstToken.write(out, "nanochat_time_to_first_token_seconds", "From a request to its first token.");
        nextToken.write(out, "nanochat_time_per_token_seconds", "From a token to the next, the mean of an answer.");
        return out.toString();
    }

    /// What is so at a moment.
    ///
    /// @param answersInside under way and waiting
    /// @param rows of the batch
    /// @param reservedBytes of keys and values, for answers under way
    /// @param pages of keys and values that answers under way hold
    /// @param keptPages others that are kept for prompts that begin alike
    /// @param allocatedBytes of keys and values
    /// @param mostBytes of keys and values, ever
    record Load(int answersInside, int rows, long reservedBytes, long pages, long keptPages, long allocatedBytes, long mostBytes) {}

    private static void head(StringBuilder out, String name, String type, String help) {
        out.append("# HELP ").append(name).append(' ').append(help).append("\n# TYPE ").append(name).append(' ').append(type).append('\n');
    }

    private static void value(StringBuilder out, String name, String type, String help, long value) {
        head(out, name, type, help);
        out.append(name).append(' ').append(value).append('\n');
    }

    /// Counts of values up to bounds.
    private static final class Histogram {
        private final double[] bounds;
        private final long[] counts;
        private double sum;

        Histogram(double... bounds) {
            this.bounds = bounds;
            this.counts = new long[bounds.length + 1];
        }

        synchronized void observe(double value) {
            int place = 0;
            while (place < bounds.length && value > bounds[place]) {
                place++;
            }
            counts[place]++;
            sum += value;
        }

        synchronized void write(StringBuilder out, String name, String help) {
            head(out, name, "histogram", help);
            long total = 0;
            for (int i = 0; i < counts.length; i++) {
                total += counts[i];
                String bound = i < bounds.length ? Double.toString(bounds[i]) : "+Inf";
                out.append(name).append("_bucket{le=\"").append(bound).append("\"} ").append(total).append('\n');
            }
            out.append(String.format(Locale.ROOT, "%s_sum %.6f\n%s_count %d\n", name, sum, name, total));
        }
    }
}
