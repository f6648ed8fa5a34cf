package nanochat.tensor.cpu;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/// Runs the JMH benchmarks of [Kernels] on both types of activations; the profile `benchmarks` of the pom says how.
class KernelBenchmark {
    @Test
    void kernels() throws RunnerException {
        ChainedOptionsBuilder options = new OptionsBuilder()
                .include(System.getProperty("benchmark.include", "nanochat\\.tensor\\.cpu\\..*Kernels\\.")).shouldFailOnError(true);
        Optional.ofNullable(System.getProperty(ProductsChoice.PROPERTY))
                .ifPresent(products -> options.jvmArgsAppend("-D" + ProductsChoice.PROPERTY + "=" + products));
        new Runner(options.build()).run();
    }
}
