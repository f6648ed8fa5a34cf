package nanochat.eval;

import java.util.Optional;
import nanochat.io.Progress;

/// A progress line for every task of the CORE evaluation.
final class CoreProgress implements CoreEvaluation.Observer, AutoCloseable {
    private Optional<Progress> line = Optional.empty();
    private int shown;

    @Override
    public void asked(CoreTask task, int done, int right, int of) {
        if (done == 0) {
            close();
            line = Optional.of(Progress.of(task.label(), of, "examples"));
            shown = 0;
        }
        line.orElseThrow().advance(done - shown, right + " right");
        shown = done;
    }

    @Override
    public void close() {
        line.ifPresent(Progress::close);
    }
}
