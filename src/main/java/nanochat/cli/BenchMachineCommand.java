package nanochat.cli;

import java.io.PrintWriter;
import java.util.Locale;
import nanochat.bench.MachineBenchmark;
import nanochat.io.BaseDirectory;
import nanochat.io.Json;
import nanochat.io.Machine;
import nanochat.io.MachineLimits;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `nanochat bench machine`.
@Command(name = "machine", description = "What this machine can do: matrix products and memory.")
public final class BenchMachineCommand implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Mixin
    private ThreadsOption threads = new ThreadsOption();

    @Option(names = "--json", description = "Print the result as JSON.")
    private boolean json;

    @Override
    public void run() {
        MachineBenchmark result = MachineBenchmark.run(threads.count());
        Machine machine = Machine.current();
        new MachineLimits(machine.processor(), machine.cores(), result.matmulBf16Gflops(), result.matmulF32Gflops()).keep(BaseDirectory
                .fromEnvironment());
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            out.println(Json.line(result));
            return;
        }
        out.println(machine.processor() + ", " + result.threads() + " threads");
        out.printf(Locale.ROOT, "matrix products, bf16   %8.1f GFLOP/s%n", result.matmulBf16Gflops());
        out.printf(Locale.ROOT, "matrix products, f32    %8.1f GFLOP/s%n", result.matmulF32Gflops());
        out.printf(Locale.ROOT, "memory read, 1 thread   %8.1f GB/s%n", result.readGbPerSecond1());
        out.printf(Locale.ROOT, "memory read, all        %8.1f GB/s%n", result.readGbPerSecondAll());
    }
}
