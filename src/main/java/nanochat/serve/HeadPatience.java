package nanochat.serve;

import jakarta.servlet.http.HttpServletRequest;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.eclipse.jetty.ee10.servlet.ServletContextRequest;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.util.component.AbstractLifeCycle;
import org.eclipse.jetty.util.thread.Scheduler;

/// Hangs up on clients that take too long to say what they want. A head that comes byte by byte never leaves its connection idle, and many such clients would
/// take all connections that there are. A bean of a connector.
final class HeadPatience extends AbstractLifeCycle implements Connection.Listener {
    /// Between two looks, as a part of the patience.
    private static final int LOOKS = 8;

    private final Duration patience;
    private final Scheduler scheduler;
    private final Map<Connection, State> connections = new ConcurrentHashMap<>();

    /// What happens in a connection.
    private sealed interface State {
        /// A head is to come; since then, by [System#nanoTime].
        record Waiting(long since) implements State {}

        /// A request is answered. The end of the one before may be told later than its beginning.
        record Answering(Request request) implements State {}
    }

    /// @param patience from the beginning of the connection, or the end of its last answer, to the end of a head
    HeadPatience(Duration patience, Scheduler scheduler) {
        this.patience = patience;
        this.scheduler = scheduler;
    }

    @Override
    public void onOpened(Connection connection) {
        connections.put(connection, new State.Waiting(System.nanoTime()));
    }

    @Override
    public void onClosed(Connection connection) {
        connections.remove(connection);
    }

    /// A request's head has come.
    static void headHasCome(HttpServletRequest servletRequest) {
        Request request = ServletContextRequest.getServletContextRequest(servletRequest);
        HeadPatience patience = request.getConnectionMetaData().getConnector().getBean(HeadPatience.class);
        patience.answer(request.getConnectionMetaData().getConnection(), request);
    }

    private void answer(Connection connection, Request request) {
        State answering = new State.Answering(request);
        connections.replace(connection, answering);
        Request.addCompletionListener(request, _ -> connections.replace(connection, answering, new State.Waiting(System.nanoTime())));
    }

    @Override
    protected void doStart() {
        lookLater();
    }

    private void lookLater() {
        scheduler.schedule(this::look, patience.dividedBy(LOOKS));
    }

    private void look() {
        long latest = System.nanoTime() - patience.toNanos();
        connections.forEach((connection, state) -> {
            if (state instanceof State.Waiting(long since) && since < latest) {
                connection.getEndPoint().close();
            }
        });
        if (isRunning() || isStarting()) {
            lookLater();
        }
    }
}
