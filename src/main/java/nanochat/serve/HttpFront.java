package nanochat.serve;

import io.javalin.Javalin;
import io.javalin.config.JavalinConfig;
import io.javalin.http.Context;
import io.javalin.http.HttpResponseException;
import java.io.IOException;
import java.net.BindException;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import nanochat.io.BadInputException;
import nanochat.io.Json;

/// What faces clients, the same for every server here: where it listens, who may come in, the files of its pages, and how a refusal looks. What is
/// answered to those who come in is up to the server.
final class HttpFront {
    private static final String JSON = "application/json; charset=utf-8";

    private final ServerOptions options;
    private final Consumer<Throwable> errors;
    private final WebFiles web;
    private final Gate gate;
    private final Javalin http;

    /// @param pages it shows
    /// @param errors told of errors of the program; clients learn only that there was one
    /// @param routes adds what the server answers
    HttpFront(ServerOptions options, List<WebPage> pages, Consumer<Throwable> errors, Consumer<JavalinConfig> routes) {
        this.options = options;
        this.errors = errors;
        this.web = new WebFiles(pages);
        this.gate = new Gate(options, web);
        this.http = Javalin.create(config -> {
            configure(config);
            routes.accept(config);
        });
    }

    /// @throws BadInputException when the address cannot be listened at
    void start() {
        try {
            http.start();
        } catch (RuntimeException failure) {
            for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
                if (cause instanceof BindException) {
                    throw new BadInputException("Cannot listen at " + options.host() + ":" + options.port() + ": " + cause.getMessage()
                            + ". Is another server running there? Choose another port.", failure);
                }
            }
            throw failure;
        }
    }

    /// With whose requests one may share what it reads, see [Gate#scope].
    Optional<String> scope(Context context) {
        return gate.scope(context);
    }

    /// Where clients find it.
    String address() {
        String host = options.host().contains(":") ? "[" + options.host() + "]" : options.host();
        return "http://" + host + ":" + http.port();
    }

    void stop() {
        http.stop();
    }

    private void configure(JavalinConfig config) {
        HttpSettings.apply(config, options);
        config.routes.before(context -> {
            HeadPatience.headHasCome(context.req());
            HttpSettings.setHeaders(context.res());
            gate.check(context);
        });
        web.addTo(config);
        if (!options.origins().isEmpty()) {
            config.routes.options("/*", context -> context.status(204));
        }
        config.routes.exception(ApiException.class, (refused, context) -> refuse(context, refused));
        config.routes.exception(BadInputException.class,
                (refused, context) -> refuse(context, ApiException.refused(400, "invalid_value", refused.getMessage())));
        config.routes.exception(HttpResponseException.class, (refused, context) -> refuse(context,
                ApiException.refused(refused.getStatus(), "http_" + refused.getStatus(), explain(refused, context))));
        config.routes.exception(IOException.class, (_, context) -> HttpSettings.hangUp(context.req())); // the client has left
        config.routes.exception(Exception.class, (failure, context) -> {
            errors.accept(failure);
            refuse(context, ApiException.internal());
        });
    }

    private static String explain(HttpResponseException refused, Context context) {
        return switch (refused.getStatus()) {
            case 404 -> "There is no '" + context.method().name() + " " + context.path() + "' here.";
            case 405 -> "'" + context.path() + "' does not take " + context.method().name() + ".";
            default -> String.valueOf(refused.getMessage());
        };
    }

    /// Answers with what becomes JSON.
    static void answer(Context context, Object json) {
        context.contentType(JSON).result(Json.line(json));
    }

    /// Answers with an error, or where an answer has begun, hangs up: half an answer must not look like a whole one.
    private static void refuse(Context context, ApiException refused) {
        if (context.res().isCommitted()) {
            HttpSettings.hangUp(context.req());
            return;
        }
        refused.retryAfterSeconds().ifPresent(seconds -> context.header("Retry-After", Long.toString(seconds)));
        if (refused.status() == 401) {
            context.header("WWW-Authenticate", "Bearer");
        }
        context.status(refused.status()).contentType(JSON).result(refused.error().json());
    }
}
