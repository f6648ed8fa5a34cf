package nanochat.cli;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.Set;
import nanochat.io.BaseDirectory;
import nanochat.serve.PageServer;
import nanochat.serve.RequestLimits;
import nanochat.serve.ServerOptions;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `nanochat dashboard`.
@Command(name = "dashboard", description = "Show all runs in a browser, while they train. Ctrl-C stops; the runs go on.")
public final class DashboardCommand implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Mixin
    private AccessOptions access = new AccessOptions();

    @Option(names = "--port", defaultValue = "8001", paramLabel = "N", description = "Port to listen at; 0: any free one.")
    private int port;

    @Override
    public void run() {
        ServerOptions options = new ServerOptions(access.host(), port, access.keys(), Set.of(), 0, true, false, RequestLimits.DEFAULT,
                Duration.ZERO);
        BaseDirectory base = BaseDirectory.fromEnvironment();
        PrintWriter out = spec.commandLine().getOut();
        PrintWriter err = spec.commandLine().getErr();
        try (EndSignal end = new EndSignal();
                PageServer server = PageServer.ofRuns(base, options, failure -> failure.printStackTrace(err))) {
            access.warn(err);
            out.println("The runs in " + base.root() + " are shown at " + server.address() + ". Ctrl-C stops.");
            out.flush();
            end.await();
        }
    }
}
