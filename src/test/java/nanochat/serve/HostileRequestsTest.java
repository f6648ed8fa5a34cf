package nanochat.serve;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.random.RandomGenerator;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Thousands of malformed and hostile requests. Oracle: each is answered with success, a 4xx, or a closed connection; nobody reads how the program works
/// inside; and afterwards everything is as it was before.
///
/// `-Dnanochat.hostile.requests=10000` asks more of them, `-Dnanochat.hostile.seed` others. A failure names its request by number.
@Timeout(value = 600, unit = TimeUnit.SECONDS)
class HostileRequestsTest {
    private static final int REQUESTS = Integer.getInteger("nanochat.hostile.requests", 1500);
    private static final long SEED = Long.getLong("nanochat.hostile.seed", 13);
    private static final int CLIENTS = 8;
    /// How programs talk about themselves.
    private static final Pattern INSIDE = Pattern.compile("Exception|at nanochat\\.|at java\\.|server_error|[Jj]etty");
    private static final long MOST_GROWTH = 48L << 20;

    private static final Set<Integer> STATUSES = ConcurrentHashMap.newKeySet();

    @TempDir
    static Path models;

    private static TestServer server;

    @BeforeAll
    static void start() {
        server = TestServer.random(models, options -> options);
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Test
    void everyRequestIsAnsweredRefusedOrCut() throws Exception {
        String before = rightAnswer();
        run(0, Math.min(400, REQUESTS)); // classes, buffers and caches are made with the first of them
        long heap = heapAfterCollection();
        run(400, REQUESTS);
        assertThat(STATUSES).as("kinds of answers").contains(200, 400, 403, 404, 405, 414, 417, 431);
        assertThat(server.errors).as("errors of the program").isEmpty();
        awaitEmptiness();
        assertThat(rightAnswer()).isEqualTo(before);
        assertThat(heapAfterCollection() - heap).as("bytes that stay").isLessThan(MOST_GROWTH);
    }

    private static void run(int first, int end) throws Exception {
        ConcurrentLinkedQueue<String> wrong = new ConcurrentLinkedQueue<>();
        AtomicInteger next = new AtomicInteger(first);
        try (ExecutorService clients = Executors.newFixedThreadPool(CLIENTS)) {
            List<Future<?>> all = new ArrayList<>();
            for (int i = 0; i < CLIENTS; i++) {
                all.add(clients.submit(() -> {
                    for (int number = next.getAndIncrement(); number < end; number = next.getAndIncrement()) {
                        RandomGenerator random = new SplittableRandom(SEED * 1_000_003 + number);
                        try {
                            ask(random);
                        } catch (IOException | AssertionError failure) {
                            wrong.add("request " + number + ": " + failure.toString().replaceAll("[^ -~\n]", "?"));
                        }
                    }
                    return null;
                }));
            }
            for (Future<?> client : all) {
                client.get();
            }
        }
        assertThat(String.join("\n\n", wrong)).as("%d requests", wrong.size()).isEmpty();
    }

    private static void ask(RandomGenerator random) throws IOException {
        try (RawConnection connection = new RawConnection(server.port())) {
            int kind = random.nextInt(100);
            if (kind < 60) {
                whole(connection, HostileRequests.badBody(random), random);
            } else if (kind < 80) {
                whole(connection, HostileRequests.badHead(random), random);
            } else if (kind < 85) {
                whole(connection, HostileRequests.noise(random), random);
            } else if (kind < 90) {
                cut(connection, HostileRequests.badBody(random), random);
            } else if (kind < 93) {
                slow(connection, HostileRequests.badBody(random), random);
            } else if (kind < 96) {
                unread(connection, random);
            } else {
                pipelined(connection, random);
            }
        }
    }

    /// All of a request; then a right one on the same connection, if that is still open.
    private static void whole(RawConnection connection, String request, RandomGenerator random) throws IOException {
        connection.send(request);
        boolean ends = random.nextBoolean();
        if (ends) {
            connection.endSending();
        } else {
            connection.send(HostileRequests.right());
            connection.endSending();
        }
        drain(connection, request);
    }

    private static void drain(RawConnection connection, String request) throws IOException {
        int answers = 0;
        for (Optional<RawConnection.Answer> answer = connection.answer(); answer.isPresent(); answer = connection.answer()) {
            check(answer.get(), request);
            answers++;
        }
        assertThat(answers).as(shown(request)).isLessThan(40);
    }

    private static void check(RawConnection.Answer answer, String request) {
        int status = answer.status();
        STATUSES.add(status);
        boolean proper = status >= 200 && status < 300
                || status >= 400 && status < 500 && answer.header("Content-Type").orElse("").startsWith("application/json");
        boolean telling = INSIDE.matcher(answer.body()).find();
        if (!proper || telling) {
            throw new AssertionError(status + " " + answer.header("Content-Type") + " " + answer.body() + " to\n" + shown(request));
        }
    }

    private static String shown(String request) {
        return request.length() > 500 ? request.substring(0, 500) + "... (" + request.length() + ")" : request;
    }

    /// Part of a request, and no more; the client leaves, or says that it has ended.
    private static void cut(RawConnection connection, String request, RandomGenerator random) throws IOException {
        connection.send(request.substring(0, random.nextInt(request.length())));
        if (random.nextBoolean()) {
            connection.endSending();
            drain(connection, request);
        }
    }

    private static void slow(RawConnection connection, String request, RandomGenerator random) throws IOException {
        int step = 1 + request.length() / 20;
        for (int at = 0; at < request.length(); at += step) {
            connection.send(request.substring(at, Math.min(request.length(), at + step)));
            pause(random.nextInt(10));
        }
        connection.endSending();
        drain(connection, request);
    }

    /// A stream that nobody reads, or only the beginning of.
    private static void unread(RawConnection connection, RandomGenerator random) {
        connection.send(HostileRequests.longStream());
        pause(random.nextInt(100));
    }

    private static void pipelined(RawConnection connection, RandomGenerator random) throws IOException {
        int count = 2 + random.nextInt(6);
        connection.send(HostileRequests.right().repeat(count));
        for (int i = 0; i < count; i++) {
            RawConnection.Answer answer = connection.answer().orElseThrow(() -> new AssertionError(
                    "not all pipelined requests were answered"));
            assertThat(answer.status()).isIn(200, 429);
        }
    }

    private static void pause(int milliseconds) {
        try {
            Thread.sleep(milliseconds);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private static String rightAnswer() throws Exception {
        return server.ask("/v1/completions", "{'prompt':'The beginning','max_tokens':40,'temperature':0,'logprobs':3,'echo':true}")
                .path("choices").toString();
    }

    private static void awaitEmptiness() throws InterruptedException {
        for (int i = 0; i < 6000 && server.server.answersInside() + server.server.reservedCacheBytes() > 0; i++) {
            Thread.sleep(10);
        }
        assertThat(server.server.answersInside()).as("answers that are still under way").isZero();
        assertThat(server.server.reservedCacheBytes()).isZero();
    }

    private static long heapAfterCollection() throws InterruptedException {
        awaitEmptiness();
        long least = Long.MAX_VALUE;
        for (int i = 0; i < 3; i++) {
            System.gc();
            Thread.sleep(50);
            least = Math.min(least, Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory());
        }
        return least;
    }
}
