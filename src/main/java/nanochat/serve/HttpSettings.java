package nanochat.serve;

import io.javalin.config.JavalinConfig;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.util.Optional;
import java.util.concurrent.Executors;
import org.eclipse.jetty.ee10.servlet.ServletContextRequest;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.NetworkConnectionLimit;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.QueuedThreadPool;

/// How the HTTP server below behaves: HTTP/1.1 alone, a virtual thread for every request, and limits on what a hostile client may cost.
final class HttpSettings {
    /// Nothing moved for so long in a connection that something should move in.
    private static final long IDLE_MILLISECONDS = 30_000;
    private static final int HEADER_BYTES = 16 << 10;
    private static final int MOST_CONNECTIONS = 2048;
    private static final int CARRIERS = 16;

    private HttpSettings() {
    }

    static void apply(JavalinConfig config, ServerOptions options) {
        config.startup.showJavalinBanner = false;
        config.startup.showOldJavalinVersionWarning = false;
        config.startup.startupWatcherEnabled = false;
        config.http.prefer405over404 = true;
        config.http.maxRequestSize = options.limits().bodyBytes();
        config.http.compressionStrategy = io.javalin.compression.CompressionStrategy.NONE;
        config.router.treatMultipleSlashesAsSingleSlash = false;
        QueuedThreadPool threads = new QueuedThreadPool(CARRIERS);
        threads.setName("http");
        threads.setDaemon(true);
        threads.setVirtualThreadsExecutor(Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("http-", 0).factory()));
        config.jetty.threadPool = threads;
        config.jetty.addConnector((server, _) -> connector(server, options));
        config.jetty.modifyServer(server -> {
            server.setErrorHandler(HttpSettings::explain);
            server.setStopTimeout(0);
        });
    }

    private static ServerConnector connector(Server server, ServerOptions options) {
        HttpConfiguration settings = new HttpConfiguration();
        settings.setSendServerVersion(false);
        settings.setSendDateHeader(false);
        settings.setRequestHeaderSize(HEADER_BYTES);
        settings.setMaxUnconsumedRequestContentReads(1);
        ServerConnector connector = new ServerConnector(server, 1, 1, new HttpConnectionFactory(settings));
        connector.setHost(options.host());
        connector.setPort(options.port());
        connector.setIdleTimeout(IDLE_MILLISECONDS);
        connector.addBean(new HeadPatience(options.limits().head(), connector.getScheduler()));
        server.addBean(new NetworkConnectionLimit(MOST_CONNECTIONS, connector));
        return connector;
    }

    /// What every answer says to browsers: nothing of it is a page, and nothing may be made of it. [WebFiles] says otherwise of its own.
    static void setHeaders(HttpServletResponse response) {
        response.setHeader("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'");
        response.setHeader("X-Content-Type-Options", "nosniff");
        response.setHeader("Referrer-Policy", "no-referrer");
        response.setHeader("Cache-Control", "no-store");
    }

    /// Cuts the connection.
    static void hangUp(HttpServletRequest request) {
        ServletContextRequest.getServletContextRequest(request).getConnectionMetaData().getConnection().getEndPoint().close();
    }

    /// What never became a request: its head is malformed or too large.
    private static boolean explain(Request request, Response response, Callback callback) {
        int status = switch (response.getStatus()) {
            case HttpStatus.NOT_IMPLEMENTED_501, HttpStatus.HTTP_VERSION_NOT_SUPPORTED_505 -> HttpStatus.BAD_REQUEST_400; // the client's mistake
            default -> response.getStatus();
        };
        response.setStatus(status);
        ApiError error = new ApiError("The request cannot be read: " + Optional.ofNullable(HttpStatus.getMessage(status)).orElse("error")
                + ".", status < 500 ? ApiError.INVALID_REQUEST : ApiError.SERVER, Optional.empty(), Optional.of("http_" + status));
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, "application/json; charset=utf-8");
        Content.Sink.write(response, true, error.json(), callback);
        return true;
    }
}
