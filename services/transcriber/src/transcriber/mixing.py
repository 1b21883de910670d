"""Frames of any kind to s16le of one rate, as one channel or as many as the recording begins with."""

import av
from av.audio.frame import AudioFrame
from av.audio.layout import AudioLayout
from av.filter import Graph

SAMPLE_BYTES = 2


class Mixer:
    """Any rate, layout and sample type in, interleaved s16le out, also when they change midway.

    `layout` is what comes out. "mono" mixes: named channels by libswresample's matrix, which never clips (a
    film's voices in the centre, no bass channel), unnamed ones in equal shares. More than 64 channels are too
    many for FFmpeg: av.FFmpegError.
    """

    def __init__(self, rate: int, layout: AudioLayout) -> None:
        self._rate, self._layout = rate, layout
        self._graph: Graph | None = None
        self._takes: tuple[str, str, int] | None = None

    def mix(self, frame: AudioFrame) -> bytes:
        takes = (frame.format.name, frame.layout.name, frame.sample_rate)
        rest = self.flush() if takes != self._takes else b""
        if self._graph is None:
            self._graph, self._takes = self._graph_for(frame), takes
        self._graph.push(frame)
        return rest + self._pulled(self._graph)

    def flush(self) -> bytes:
        """What the resampler still held; the next frame starts a new one."""
        graph, self._graph, self._takes = self._graph, None, None
        if graph is None:
            return b""
        graph.push(None)
        return self._pulled(graph)

    def _graph_for(self, frame: AudioFrame) -> Graph:
        graph = Graph()
        into = graph.add(
            "abuffer",
            sample_rate=str(frame.sample_rate),
            sample_fmt=frame.format.name,
            channel_layout=frame.layout.name,
            time_base=f"1/{frame.sample_rate}",
        )
        format_ = graph.add(
            "aformat", sample_rates=str(self._rate), sample_fmts="s16", channel_layouts=self._layout.name
        )
        mixed = [graph.add("pan", _equal_shares(frame))] if self._guesses(frame) else []
        graph.link_nodes(into, *mixed, format_, graph.add("abuffersink")).configure()
        return graph

    def _guesses(self, frame: AudioFrame) -> bool:
        """Of three unnamed channels libswresample takes the third for bass, and leaves it out."""
        count = frame.layout.nb_channels
        return self._layout.nb_channels == 1 and frame.layout.name == f"{count} channels"

    def _pulled(self, graph: Graph) -> bytes:
        blocks: list[bytes] = []
        size = SAMPLE_BYTES * self._layout.nb_channels
        while True:
            try:
                frame = graph.pull()
            except (av.BlockingIOError, av.EOFError):
                return b"".join(blocks)
            assert isinstance(frame, AudioFrame)  # noqa: S101 - it comes out of an abuffersink
            blocks.append(bytes(frame.planes[0])[: frame.samples * size])


def _equal_shares(frame: AudioFrame) -> str:
    count = frame.layout.nb_channels
    return "mono|c0=" + "+".join(f"{1 / count}*c{channel}" for channel in range(count))
