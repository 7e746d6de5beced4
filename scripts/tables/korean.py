"""Korean for the words in the tables that README.ko.md shows; a cell without an entry stays as it is."""

WORDS = {
    "model": "모델",
    "what it is": "설명",
    "parameters": "매개변수",
    "speed-up": "속도 향상",
    "Bicubic interpolation": "바이큐빅 보간",
    "Sparse coding": "희소 부호화",
    "Neighbour embedding, locally linear": "국소 선형 이웃 임베딩",
    "Sparse kernel regression and natural image prior": "희소 커널 회귀와 자연 영상 사전 지식",
    "Anchored neighbourhood regression": "앵커 이웃 회귀",
    "Adjusted anchored neighbourhood regression": "개선된 앵커 이웃 회귀",
    "SRCNN, 9-1-5: 8,129 weights": "SRCNN 9-1-5: 가중치 8,129개",
    "SRCNN, 9-3-5: 24,513 weights": "SRCNN 9-3-5: 가중치 24,513개",
    "SRCNN, 9-5-5: 57,281 weights": "SRCNN 9-5-5: 가중치 57,281개",
    "SRCNN, 9-5-5, trained as in the paper: 57,281 weights": "논문대로 학습한 SRCNN 9-5-5: 가중치 57,281개",
    "SRCNN, 9-5-5 on RGB: 69,251 weights": "RGB 영상용 SRCNN 9-5-5: 가중치 69,251개",
    "Plain 3x3 layers at low resolution, small": "저해상도에서 계산하는 작은 3x3 합성곱 망",
    "Plain 3x3 layers at low resolution, large": "저해상도에서 계산하는 큰 3x3 합성곱 망",
    "Residual 3x3 layers at low resolution, extra large": "저해상도에서 계산하는 아주 큰 3x3 잔차 합성곱 망",
    "As `photo`, small: a ninth to a fifth of its time": "`photo`와 쓰임이 같고 다섯 배에서 아홉 배 빠른 작은 망",
    "Residual 3x3 layers on colour, for images worn by JPEG and noise": (
        "JPEG와 노이즈로 손상된 영상을 위한 3x3 컬러 잔차 망"
    ),
    "alias": "별칭",
    "`auto` uses it for worn images": "`auto`가 손상된 영상에 사용",
}
