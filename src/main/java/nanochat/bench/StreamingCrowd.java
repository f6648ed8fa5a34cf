package nanochat.bench;

import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.Selector;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.function.Function;

/// Clients of a server, all on one thread, each of which asks again as soon as it has been answered.
final class StreamingCrowd {
    private static final long WAIT_AFTER_ERROR_NANOSECONDS = 100_000_000;
    /// A server that says nothing for so long has failed.
    private static final long SILENCE_NANOSECONDS = 60_000_000_000L;
    private static final long LOOK_MILLISECONDS = 100;
    /// Where there are many clients they hear what has come every few milliseconds: to be woken for every event would cost the server's processors much, which
    /// real clients have of their own.
    private static final int MANY = 8;
    private static final long NAP_MILLISECONDS = 4;

    private final ServeBenchmark.Setting setting;
    private final URI url;
    private final long end;
    private final Function<SplittableRandom, String> bodies;
    private final Consumer<String> problems;
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(1 << 16);
    private final List<StreamingClient.Answer> answers = new ArrayList<>();
    private int errors;
    private int dropped;
    private int present;

    /// @param end when no more is asked for, by [System#nanoTime]
    /// @param bodies of the requests
    /// @param problems told of the first failed request of every client
    StreamingCrowd(ServeBenchmark.Setting setting, URI url, long end, Function<SplittableRandom, String> bodies,
            Consumer<String> problems) {
        StreamingClient.check(url);
        this.setting = setting;
        this.url = url;
        this.end = end;
        this.bodies = bodies;
        this.problems = problems;
    }

    List<StreamingClient.Answer> answers() {
        return answers;
    }

    /// Requests that got no whole answer, though their client did not leave.
    int errors() {
        return errors;
    }

    /// Requests whose client left before the end, on purpose.
    int dropped() {
        return dropped;
    }

    /// Until the time is over and every client has its last answer; or until this thread is interrupted.
    ///
    /// @param seed of the clients' decisions
    void run(long seed) throws IOException {
        try (Selector selector = Selector.open()) {
            List<Member> members = new ArrayList<>();
            for (int i = 0; i < setting.clients(); i++) {
                members.add(new Member(selector, new SplittableRandom(seed + i)));
            }
            present = members.size();
            members.forEach(Member::ask);
            long nextLook = System.nanoTime();
            while (present > 0 && !Thread.currentThread().isInterrupted()) {
                selector.select(key -> ((Runnable) key.attachment()).run(), LOOK_MILLISECONDS);
                if (setting.clients() > MANY) {
                    nap();
                }
                long now = System.nanoTime();
                if (now >= nextLook) {
                    members.forEach(member -> member.look(now));
                    nextLook = now + LOOK_MILLISECONDS * 1_000_000;
                }
            }
            for (Member member : members) {
                member.client.close();
            }
        }
    }

    private static void nap() {
        try {
            Thread.sleep(NAP_MILLISECONDS);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private final class Member {
        private final SplittableRandom random;
        private final StreamingClient client;
        private boolean asking;
        private boolean gone;
        private boolean failed;
        private long retry;

        Member(Selector selector, SplittableRandom random) {
            this.random = random;
            this.client = new StreamingClient(url, setting.key(), selector, this::hear);
        }

        void ask() {
            if (System.nanoTime() >= end) {
                gone = true;
                present--;
                return;
            }
            boolean leaves = random.nextDouble() < setting.drop();
            asking = true;
            try {
                client.ask(bodies.apply(random), leaves ? random.nextInt(setting.maxTokens()) : Integer.MAX_VALUE);
            } catch (IOException problem) {
                fail(problem);
            }
        }

        private void hear() {
            try {
                switch (client.goOn(buffer)) {
                    case UNDER_WAY -> {
                    }
                    case ANSWERED -> {
                        answers.add(client.answer());
                        ask();
                    }
                    case LEFT -> {
                        dropped++;
                        ask();
                    }
                }
            } catch (IOException problem) {
                fail(problem);
            }
        }

        private void fail(IOException problem) {
            errors++;
            if (!failed) {
                problems.accept(problem.toString());
            }
            failed = true;
            asking = false;
            retry = System.nanoTime() + WAIT_AFTER_ERROR_NANOSECONDS;
            try {
                client.close();
            } catch (IOException closing) {
                problems.accept(closing.toString());
            }
        }

        /// Asks again after an error, and gives up on a server that is silent.
        void look(long now) {
            if (gone) {
                return;
            }
            if (asking && now - client.lastSign() > SILENCE_NANOSECONDS) {
                fail(new IOException("the server has been silent for a minute"));
            } else if (!asking && now >= retry) {
                ask();
            }
        }
    }
}
