"""Which media files are read: the one table behind the decoder's whitelists and `docs/formats.md`.

A container or codec that is not named here is not opened, although FFmpeg knows some 350 demuxers and 550
decoders. What is named

- is one file. A demuxer that opens what a file names would let a stranger read ours: in libavformat these are
  hls, dash, concat, imf, image2, mlv, vobsub, dvdvideo, sdp, rtsp and sap, none of which stands here, and mov
  for external tracks, which its option `enable_drefs` forbids by default (read in the source of 9.0; avi's
  demuxer within a demuxer reads subtitles from a packet in memory).
- is told by its content. Files have no names here, so that what has no probe (raw G.711, G.722, G.726, PCM)
  cannot be told.
- may hold speech. Formats of games, pictures and subtitles are left out, and so are all codecs of pictures:
  probing would otherwise run them on a film's first frames.

Imported by the decoder's process: nothing slow.
"""

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Container:
    """`demuxers`, `tested` and `untested` are FFmpeg's names. Files of the `tested` codecs are made, decoded
    and compared with what went in by tests/integration/test_media_formats.py; of the others the decoder is
    there, and no file of theirs was at hand."""

    name: str
    demuxers: tuple[str, ...]
    extensions: tuple[str, ...]
    tested: tuple[str, ...]
    untested: tuple[str, ...] = ()


CODECS = {
    "8svx_exp": "8SVX exponential",
    "8svx_fib": "8SVX Fibonacci",
    "aac": "AAC",
    "aac_latm": "AAC (LATM)",
    "ac3": "AC-3",
    "adpcm_ct": "Creative ADPCM",
    "adpcm_ima_oki": "OKI/Dialogic ADPCM",
    "adpcm_ima_qt": "IMA ADPCM (QuickTime)",
    "adpcm_ima_wav": "IMA ADPCM",
    "adpcm_ms": "Microsoft ADPCM",
    "adpcm_sbpro_2": "Sound Blaster ADPCM 2 bit",
    "adpcm_sbpro_3": "Sound Blaster ADPCM 2.6 bit",
    "adpcm_sbpro_4": "Sound Blaster ADPCM 4 bit",
    "adpcm_swf": "Flash ADPCM",
    "adpcm_yamaha": "Yamaha ADPCM",
    "alac": "Apple Lossless",
    "als": "MPEG-4 ALS",
    "amrnb": "AMR-NB",
    "amrwb": "AMR-WB",
    "ape": "Monkey's Audio",
    "atrac1": "ATRAC1",
    "atrac3": "ATRAC3",
    "atrac3plus": "ATRAC3+",
    "cook": "Cook",
    "dca": "DTS",
    "dsd_lsbf_planar": "DSD",
    "dsd_msbf": "DSD (DSDIFF)",
    "dsd_msbf_planar": "DSD (MSB first)",
    "dss_sp": "DSS SP",
    "dst": "DST",
    "dvaudio": "DV audio",
    "eac3": "E-AC-3",
    "evrc": "EVRC",
    "flac": "FLAC",
    "g722": "G.722",
    "g723_1": "G.723.1",
    "g726": "G.726",
    "g726le": "G.726 (little endian)",
    "g729": "G.729",
    "gsm": "GSM 06.10",
    "gsm_ms": "GSM 06.10 (Microsoft)",
    "ilbc": "iLBC",
    "mace3": "MACE 3:1",
    "mace6": "MACE 6:1",
    "mlp": "MLP",
    "mp1float": "MP1",
    "mp2": "MP2 (fixed point)",
    "mp2float": "MP2",
    "mp3float": "MP3",
    "mpc7": "Musepack 7",
    "mpc8": "Musepack 8",
    "nellymoser": "Nellymoser",
    "opus": "Opus",
    "pcm_alaw": "G.711 A-law",
    "pcm_bluray": "LPCM (Blu-ray)",
    "pcm_dvd": "LPCM (DVD)",
    "pcm_f32be": "PCM float 32 bit (big endian)",
    "pcm_f32le": "PCM float 32 bit",
    "pcm_f64be": "PCM float 64 bit (big endian)",
    "pcm_f64le": "PCM float 64 bit",
    "pcm_mulaw": "G.711 µ-law",
    "pcm_s16be": "PCM 16 bit (big endian)",
    "pcm_s16le": "PCM 16 bit",
    "pcm_s24be": "PCM 24 bit (big endian)",
    "pcm_s24le": "PCM 24 bit",
    "pcm_s32be": "PCM 32 bit (big endian)",
    "pcm_s32le": "PCM 32 bit",
    "pcm_s8": "PCM 8 bit",
    "pcm_s8_planar": "PCM 8 bit (planar)",
    "pcm_u8": "PCM 8 bit (unsigned)",
    "qcelp": "QCELP",
    "qdm2": "QDesign 2",
    "qdmc": "QDesign",
    "real_144": "RealAudio 14.4",
    "real_288": "RealAudio 28.8",
    "s302m": "SMPTE 302M",
    "shorten": "Shorten",
    "sipr": "Sipro",
    "speex": "Speex",
    "tak": "TAK",
    "truehd": "TrueHD",
    "truespeech": "TrueSpeech",
    "tta": "TTA",
    "vorbis": "Vorbis",
    "wavpack": "WavPack",
    "wmalossless": "WMA Lossless",
    "wmapro": "WMA Pro",
    "wmav1": "WMA 1",
    "wmav2": "WMA 2",
    "wmavoice": "WMA Voice",
}
"""Decoder -> what people call it."""


def _row(name: str, demuxers: str, extensions: str, tested: str, untested: str = "") -> Container:
    return Container(
        name,
        tuple(demuxers.split()),
        tuple(extensions.split()),
        tuple(tested.split()),
        tuple(untested.split()),
    )


CONTAINERS = (
    _row(
        "WAV, Broadcast Wave, RF64",
        "wav",
        "wav bwf rf64",
        "pcm_s16le pcm_s24le pcm_f32le pcm_u8 pcm_s32le pcm_f64le pcm_alaw pcm_mulaw adpcm_ima_wav "
        "adpcm_ms adpcm_swf adpcm_yamaha g722 g726 mp3float wmav2",
        "gsm_ms truespeech adpcm_ima_oki adpcm_ct g723_1 g729",
    ),
    _row("Sony Wave64", "w64", "w64", "pcm_s16le pcm_s24le pcm_f32le", "pcm_alaw pcm_mulaw"),
    _row(
        "AIFF, AIFF-C",
        "aiff",
        "aif aiff aifc",
        "pcm_s8 pcm_s16be pcm_s24be pcm_f32be pcm_s16le pcm_alaw pcm_mulaw adpcm_ima_qt",
        "pcm_s32be pcm_f64be mace3 mace6 gsm qdm2 qdmc",
    ),
    _row("AU, SND", "au", "au snd", "pcm_s16be pcm_f32be pcm_alaw pcm_mulaw", "pcm_s8 g726le"),
    _row(
        "Core Audio",
        "caf",
        "caf",
        "pcm_s16le pcm_s24le pcm_f32le pcm_s16be pcm_alaw pcm_mulaw alac flac",
        "aac opus adpcm_ima_qt",
    ),
    _row("FLAC", "flac", "flac", "flac"),
    _row("WavPack", "wv", "wv", "wavpack"),
    _row("True Audio", "tta", "tta", "tta"),
    _row("Monkey's Audio", "ape", "ape", "", "ape"),
    _row("TAK", "tak", "tak", "", "tak"),
    _row("Shorten", "shn", "shn", "", "shorten"),
    _row("Musepack", "mpc mpc8", "mpc", "", "mpc7 mpc8"),
    _row("MP3, MP2, MP1", "mp3", "mp3 mp2 mp1", "mp3float mp2", "mp1float mp2float"),
    _row("AAC (ADTS)", "aac", "aac", "aac"),
    _row("AAC (LOAS)", "loas", "loas latm", "aac_latm"),
    _row("AC-3, E-AC-3", "ac3 eac3", "ac3 eac3", "ac3 eac3"),
    _row("DTS", "dts dtshd", "dts dtshd", "", "dca"),
    _row("TrueHD, MLP", "truehd mlp", "thd mlp", "", "truehd mlp"),
    _row("IEC 61937", "spdif", "spdif", "ac3", "dca"),
    _row("Ogg", "ogg", "ogg oga opus spx ogv", "opus vorbis flac", "speex"),
    _row(
        "MP4, QuickTime, 3GP",
        "mov mp4",
        "mp4 m4a m4b mov 3gp 3g2 f4v",
        "aac alac opus flac ac3 eac3 mp3float amrnb pcm_s16le pcm_s24le pcm_f32le pcm_s16be pcm_alaw "
        "pcm_mulaw adpcm_ima_qt",
        "amrwb als qcelp evrc qdm2 qdmc mace3 mace6 gsm dca truehd",
    ),
    _row(
        "Matroska, WebM",
        "matroska webm",
        "mkv mka webm",
        "opus vorbis aac flac ac3 eac3 mp2 mp3float pcm_s16le wavpack tta",
        "alac dca truehd pcm_f32le cook real_144 real_288 sipr",
    ),
    _row(
        "AVI",
        "avi",
        "avi",
        "mp3float mp2 ac3 aac pcm_s16le adpcm_ms",
        "pcm_alaw pcm_mulaw adpcm_ima_wav wmav2 dca",
    ),
    _row(
        "ASF (Windows Media)",
        "asf",
        "wma wmv asf",
        "wmav1 wmav2 aac mp3float pcm_s16le",
        "wmapro wmalossless wmavoice",
    ),
    _row(
        "Flash video",
        "flv live_flv",
        "flv",
        "aac mp3float nellymoser adpcm_swf pcm_s16le pcm_alaw pcm_mulaw",
        "speex",
    ),
    _row(
        "MPEG transport stream",
        "mpegts",
        "ts mts m2ts",
        "aac mp3float ac3 eac3 opus",
        "aac_latm dca truehd pcm_bluray s302m",
    ),
    _row("MPEG program stream", "mpeg", "mpg mpeg vob", "mp2 mp3float ac3 pcm_dvd", "dca"),
    _row("MXF", "mxf", "mxf", "pcm_s16le pcm_s24le"),
    _row("DV", "dv", "dv", "pcm_s16le", "dvaudio"),
    _row("RealMedia", "rm", "rm ra rmvb", "ac3 real_144", "real_288 cook sipr aac atrac3"),
    _row("Windows TV", "wtv", "wtv", "mp2", "ac3"),
    _row("NUT", "nut", "nut", "opus"),
    _row("AMR", "amr amrnb amrwb", "amr awb", "amrnb", "amrwb"),
    _row("GSM 06.10", "gsm", "gsm", "", "gsm"),
    _row("iLBC", "ilbc", "lbc", "", "ilbc"),
    _row("QCP", "qcp", "qcp", "", "qcelp evrc"),
    _row("Digital Speech Standard", "dss", "dss", "", "dss_sp g723_1"),
    _row("NIST SPHERE", "nistsphere", "sph nist", "pcm_s16le pcm_mulaw", "pcm_s16be"),
    _row("SoX", "sox", "sox", "pcm_s32le"),
    _row("IRCAM", "ircam", "sf ircam", "pcm_s16le", "pcm_f32le pcm_alaw pcm_mulaw"),
    _row(
        "Creative Voice",
        "voc",
        "voc",
        "pcm_u8 pcm_s16le pcm_alaw pcm_mulaw",
        "adpcm_sbpro_2 adpcm_sbpro_3 adpcm_sbpro_4",
    ),
    _row("DSF, DSDIFF", "dsf iff", "dsf dff", "", "dsd_lsbf_planar dsd_msbf_planar dsd_msbf dst"),
    _row("8SVX", "iff", "8svx iff", "", "8svx_exp 8svx_fib pcm_s8_planar"),
    _row("OpenMG", "oma", "oma aa3", "", "atrac3 atrac3plus atrac1"),
)


def _each(names: Iterator[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))


DEMUXERS = _each(demuxer for container in CONTAINERS for demuxer in container.demuxers)
"""FFmpeg's `format_whitelist`."""
DECODERS = _each(codec for container in CONTAINERS for codec in (*container.tested, *container.untested))
"""FFmpeg's `codec_whitelist`: for what probing runs, and for the track that is heard."""
