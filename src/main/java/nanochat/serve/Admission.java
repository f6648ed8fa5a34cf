package nanochat.serve;

import java.time.Duration;

/// Who may come in: as many answers as the batch has rows, and so many more that wait.
final class Admission {
    private static final long LONGEST_WAIT_SECONDS = 60;
    /// Of the newest answer's time in the mean.
    private static final double NEWEST = 0.1;

    private final int rows;
    private final int most;
    private int inside;
    private double meanSeconds = 1;
    private boolean closed;

    /// @param rows that are answered at once
    /// @param queue answers that may wait beside them
    Admission(int rows, int queue) {
        this.rows = rows;
        this.most = rows + queue;
    }

    /// Lets an order in, whose [#leave] must follow.
    ///
    /// @throws ApiException when there is no room
    synchronized void enter(Order order) {
        if (closed) {
            throw ApiException.unavailable("The server is shutting down.");
        }
        if (order.choices() > most) {
            throw ApiException.refused(400, "too_many_answers", "This server makes at most " + most
                    + " answers for one request; prompts times 'n' are " + order.choices() + ".");
        }
        if (inside + order.choices() > most) {
            throw ApiException.busy(Math.clamp((long) Math.ceil(meanSeconds * inside / rows), 1, LONGEST_WAIT_SECONDS));
        }
        inside += order.choices();
    }

    /// An order is over.
    synchronized void leave(Order order, Duration took) {
        inside -= order.choices();
        meanSeconds += NEWEST * (took.toMillis() * 1e-3 - meanSeconds);
        notifyAll();
    }

    /// Lets nobody in any more.
    synchronized void close() {
        closed = true;
    }

    synchronized boolean isClosed() {
        return closed;
    }

    /// Answers under way and waiting.
    synchronized int inside() {
        return inside;
    }

    /// Waits until all have left. Returns whether they have in this time.
    synchronized boolean awaitEmpty(Duration patience) throws InterruptedException {
        long end = System.nanoTime() + patience.toNanos();
        while (inside > 0) {
            long left = (end - System.nanoTime()) / 1_000_000;
            if (left <= 0) {
                return false;
            }
            wait(left);
        }
        return true;
    }
}
