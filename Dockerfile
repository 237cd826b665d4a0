# The package and its first command, on the CPU:
#
#     docker build --tag deformable-gan .
#     mkdir work
#     docker run --rm --user "$(id -u)" --volume "$PWD/work:/work" deformable-gan
#
# and on an NVIDIA GPU (NVIDIA's driver and Container Toolkit on the host; CUDA's libraries, 3 GB more,
# come with the package):
#
#     docker build --tag deformable-gan:cuda --build-arg EXTRAS=demo,litert,onnx,cuda .
#     docker run --rm --gpus all --user "$(id -u)" --volume "$PWD/work:/work" deformable-gan:cuda
#
# To run another command, name it: `docker run … deformable-gan repose --help`. The web
# page: `docker run … --publish 7860:7860 deformable-gan demo --host 0.0.0.0`.
FROM python:3.12-slim

ARG EXTRAS=demo,litert,onnx
LABEL org.opencontainers.image.source=https://github.com/deformable-gan/deformable_gan \
      org.opencontainers.image.licenses=Apache-2.0

COPY . /tmp/source
RUN python -m pip install --no-cache-dir "/tmp/source[${EXTRAS}]" && rm -rf /tmp/source

# Runs, datasets and downloads stay in the volume and belong to the user who runs the container. (A folder
# that Docker creates for a volume belongs to root: hence `mkdir work`.)
RUN useradd --create-home --uid 1000 person && mkdir /work && chown person /work
USER 1000
WORKDIR /work
VOLUME /work
ENV HOME=/work \
    KERAS_HOME=/work/.keras \
    TFHUB_CACHE_DIR=/work/.tfhub \
    NVIDIA_VISIBLE_DEVICES=all \
    NVIDIA_DRIVER_CAPABILITIES=compute,utility

ENTRYPOINT ["deformable-gan"]
CMD ["train"]
