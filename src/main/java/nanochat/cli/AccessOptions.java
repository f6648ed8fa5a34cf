package nanochat.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import nanochat.serve.ApiKey;
import nanochat.serve.ModelServer;
import nanochat.serve.ServerOptions;
import picocli.CommandLine.Option;

/// Who can reach a server, the same for every command that is one.
final class AccessOptions {
    @Option(names = "--host", defaultValue = ServerOptions.LOOPBACK, paramLabel = "ADDRESS", description = "Address to listen at; the default lets only this machine ask, 0.0.0.0 everybody who can reach it.")
    private String host = ServerOptions.LOOPBACK;

    @Option(names = "--api-key", paramLabel = "KEY", description = "Ask clients for this key. Others on this machine can see it in the list of processes: better a file.")
    private Optional<String> apiKey = Optional.empty();

    @Option(names = "--api-key-file", paramLabel = "FILE", description = "Ask clients for one of the keys of this file, one a line; only its owner may be able to read it.")
    private Optional<Path> apiKeyFile = Optional.empty();

    String host() {
        return host;
    }

    List<ApiKey> keys() {
        List<ApiKey> keys = new ArrayList<>(apiKeyFile.map(ApiKey::read).orElse(List.of()));
        apiKey.map(ApiKey::of).ifPresent(keys::add);
        return keys;
    }

    /// Says what is risked where others than this machine can reach the server.
    void warn(PrintWriter err) {
        if (!ModelServer.isLoopback(host)) {
            err.println(apiKey.isEmpty() && apiKeyFile.isEmpty()
                    ? "Warning: everybody who can reach this machine can ask, and nothing is encrypted. --api-key-file lets only some."
                    : "Warning: whoever can reach this machine can listen in, for nothing is encrypted: put a proxy with TLS in front.");
            err.flush();
        }
    }
}
