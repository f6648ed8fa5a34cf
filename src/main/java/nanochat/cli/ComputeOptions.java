package nanochat.cli;

import nanochat.io.Machine;
import nanochat.tensor.Backend;
import nanochat.tensor.Backends;
import nanochat.tensor.DType;
import nanochat.tensor.Device;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// The options that say what computes, the same for every command that runs a model.
final class ComputeOptions {
    /// Values of `--dtype`.
    enum Precision {
        AUTO, F32, BF16
    }

    @Option(names = "--dtype", defaultValue = "auto", paramLabel = "TYPE", description = "Type of matrix products: f32, bf16, or auto: bf16 where the processor has it, else f32.")
    private Precision precision = Precision.AUTO;

    @Mixin
    private ThreadsOption threads = new ThreadsOption();

    DType compute() {
        return switch (precision) {
            case F32 -> DType.F32;
            case BF16 -> DType.BF16;
            case AUTO -> Machine.current().bf16Products() ? DType.BF16 : DType.F32;
        };
    }

    int threads() {
        return threads.count();
    }

    /// A backend for the type that is asked for. Who asks for one that the processor lacks is told what it costs.
    Backend backend() {
        if (precision == Precision.BF16 && !Machine.current().bf16Products()) {
            System.err.println("This processor has no bf16 products; they are imitated, slower than f32 (--dtype f32)");
        }
        return backend(compute());
    }

    /// A backend for products of this type, whatever the option says.
    Backend backend(DType type) {
        return Backends.open(Device.CPU, threads(), type);
    }
}
