package nanochat.train;

import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import nanochat.io.Json;
import tools.jackson.databind.JsonNode;

/// What TensorBoard shows of a run: every number that [MetricsLog] writes of steps and measurements, as a scalar named by the type of the line
/// and the field, such as `step/loss`.
///
/// A run that goes on writes a file of its own, which begins by saying from which step: of what earlier files say of later ones, TensorBoard
/// then shows nothing.
public final class TensorBoardLog implements RunListener {
    private final Path folder;
    private Optional<TensorBoardFile> file = Optional.empty();

    /// @param folder of the run; the file is made when the run has begun, and the folder is its own
    public TensorBoardLog(Path folder) {
        this.folder = folder;
    }

    @Override
    public void on(RunEvent event) {
        switch (event) {
            case RunEvent.Started started -> file = Optional.of(TensorBoardFile.begin(folder, Instant.now(), started.step()));
            case RunEvent.Stepped _,RunEvent.Evaluated _,RunEvent.ValidatedOtherwise _,RunEvent.CoreMeasured _,RunEvent.Rewarded _,RunEvent.PassMeasured _,RunEvent.Compared _,RunEvent.Judged _,RunEvent.Represented _ ->
                file
                        .ifPresent(open -> open.append(Instant.now(), event.step(), scalars(event)));
            case RunEvent.Sampled _,RunEvent.Saved _,RunEvent.Noted _,RunEvent.Stopped _ -> {
            }
        }
    }

    private static Map<String, Double> scalars(RunEvent event) {
        JsonNode line = Json.LINE.valueToTree(event);
        Map<String, Double> scalars = new LinkedHashMap<>();
        line.forEachEntry((field, value) -> {
            if (!field.equals("step")) {
                gather(line.path("type").asString() + "/" + field, value, scalars);
            }
        });
        return scalars;
    }

    /// The elements of an array are counted from 1, as in pass@1; texts are no scalars.
    private static void gather(String name, JsonNode value, Map<String, Double> scalars) {
        if (value.isNumber()) {
            scalars.put(name, value.asDouble());
        } else if (value.isObject()) {
            value.forEachEntry((field, inner) -> gather(name + "/" + field, inner, scalars));
        } else if (value.isArray() && !value.path(0).isObject()) {
            for (int i = 0; i < value.size(); i++) {
                gather(name + "/" + (i + 1), value.get(i), scalars);
            }
        }
    }
}
