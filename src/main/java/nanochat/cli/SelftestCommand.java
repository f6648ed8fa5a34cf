package nanochat.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import nanochat.io.Json;
import nanochat.selftest.Check;
import nanochat.selftest.SelfTest;
import nanochat.selftest.SelfTestResult;
import nanochat.tensor.Backends;
import nanochat.tensor.DType;
import nanochat.tensor.Device;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `nanochat selftest`.
@Command(name = "selftest", description = "Check this machine against recordings of the original: every number of a small model.")
public final class SelftestCommand implements Callable<Integer> {
    /// What models compute in.
    enum ComputeType {
        F32(DType.F32), BF16(DType.BF16);

        private final DType type;

        ComputeType(DType type) {
            this.type = type;
        }
    }

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Option(names = "--case", arity = "1..*", paramLabel = "DIR", description = "Folders of recorded cases; by default those that come with the program.")
    private List<Path> cases = List.of();

    @Option(names = "--dtype", defaultValue = "f32", paramLabel = "TYPE", description = "What models compute in: f32, bf16.")
    private ComputeType computeType = ComputeType.F32;

    @Option(names = "--backend", defaultValue = "cpu", paramLabel = "NAME", description = "What computes: cpu, or reference (slow, plain Java).")
    private Device device = Device.CPU;

    @Mixin
    private ThreadsOption threads = new ThreadsOption();

    @Option(names = "--json", description = "Print one JSON object instead of the table.")
    private boolean json;

    @Override
    public Integer call() {
        SelfTest selfTest = new SelfTest(() -> Backends.open(device, threads.count(), computeType.type), computeType.type,
                threads.count());
        List<Check> checks = new ArrayList<>();
        cases.forEach(folder -> checks.addAll(selfTest.run(folder)));
        SelfTestResult result = SelfTestResult.of(cases.isEmpty() ? selfTest.runShipped() : checks);
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            out.println(Json.line(result));
        } else {
            print(result, out);
        }
        return result.failed() == 0 ? ExitCode.OK : ExitCode.SOFTWARE;
    }

    private static void print(SelfTestResult result, PrintWriter out) {
        int width = result.checks().stream().mapToInt(check -> check.name().length()).max().orElse(0);
        String row = "%-" + width + "s  %9s  %9s  %s%n";
        out.printf(Locale.ROOT, row, "check", "error", "bound", "");
        for (Check check : result.checks()) {
            out.printf(Locale.ROOT, row, check.name(), String.format(Locale.ROOT, "%.2e", check.error()), String.format(Locale.ROOT, "%.0e",
                    check.bound()), check.ok() ? "ok" : "FAILED");
        }
        out.println(result.passed() + " passed, " + result.failed() + " failed");
    }
}
